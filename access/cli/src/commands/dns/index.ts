import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { dnsCheck } from './check.ts'
import { dnsKeyCommands } from './key/index.ts'
import { dnsServe } from './serve.ts'
import { dnsStats } from './stats.ts'
import { dnsZoneCommands } from './zone/index.ts'

export function dnsCommands(program: Command, kit: CommandKit): void {
  const dns = program.command('dns').description('zones from master files: check and serve them, without a ledger')
  dnsServe(dns, kit)
  dnsCheck(dns, kit)
  dnsZoneCommands(dns, kit)
  dnsKeyCommands(dns, kit)
  dnsStats(dns, kit)
}
