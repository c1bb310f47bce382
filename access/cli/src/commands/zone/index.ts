import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { zoneKeys } from './keys.ts'
import { zonePublish } from './publish.ts'
import { zoneSign } from './sign.ts'

export function zoneCommands(program: Command, kit: CommandKit): void {
  const zone = program.command('zone').description('zones of the ledger: the keys that sign them (DNSSEC)')
  zoneSign(zone, kit)
  zonePublish(zone, kit)
  zoneKeys(zone, kit)
}
