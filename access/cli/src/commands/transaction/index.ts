import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { transactionSign } from './sign.ts'
import { transactionSubmit } from './submit.ts'

export function transactionCommands(program: Command, kit: CommandKit): void {
  const transaction = program
    .command('transaction')
    .description('sign and send transactions that were written with --offline')
  transactionSign(transaction, kit)
  transactionSubmit(transaction, kit)
}
