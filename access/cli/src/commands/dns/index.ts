import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { dnsAnchors } from './anchors.ts'
import { dnsAudit } from './audit.ts'
import { dnsCheck } from './check.ts'
import { dnsKeyCommands } from './key/index.ts'
import { dnsServe } from './serve.ts'
import { dnsStats } from './stats.ts'
import { dnsZoneCommands } from './zone/index.ts'

export function dnsCommands(program: Command, kit: CommandKit): void {
  const dns = program
    .command('dns')
    .description(
      'zones from master files, checked and served without a ledger; what resolvers need for those of the ledger',
    )
  dnsServe(dns, kit)
  dnsCheck(dns, kit)
  dnsAnchors(dns, kit)
  dnsAudit(dns, kit)
  dnsZoneCommands(dns, kit)
  dnsKeyCommands(dns, kit)
  dnsStats(dns, kit)
}
