import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { zoneExport } from './export.ts'
import { zoneImport } from './import.ts'
import { zoneKeys } from './keys.ts'
import { zonePublish } from './publish.ts'
import { zoneSign } from './sign.ts'

export function zoneCommands(program: Command, kit: CommandKit): void {
  const zone = program
    .command('zone')
    .description('master files of names, in and out; and the keys that sign the zones of the ledger (DNSSEC)')
  zoneImport(zone, kit)
  zoneExport(zone, kit)
  zoneSign(zone, kit)
  zonePublish(zone, kit)
  zoneKeys(zone, kit)
}
