import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { accountHistory } from './history.ts'
import { accountShow } from './show.ts'
import { accountTransfer } from './transfer.ts'

export function accountCommands(program: Command, kit: CommandKit): void {
  const account = program.command('account').description('balances and payments')
  accountShow(account, kit)
  accountHistory(account, kit)
  accountTransfer(account, kit)
}
