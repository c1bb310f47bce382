import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { ledgerBlock } from './block.ts'
import { ledgerExport } from './export.ts'
import { ledgerProof } from './proof.ts'
import { ledgerReplay } from './replay.ts'
import { ledgerTransaction } from './transaction.ts'
import { ledgerWatch } from './watch.ts'

export function ledgerCommands(program: Command, kit: CommandKit): void {
  const ledger = program.command('ledger').description('look at blocks and transactions, and prove what stands there')
  ledgerBlock(ledger, kit)
  ledgerTransaction(ledger, kit)
  ledgerProof(ledger, kit)
  ledgerWatch(ledger, kit)
  ledgerExport(ledger, kit)
  ledgerReplay(ledger, kit)
}
