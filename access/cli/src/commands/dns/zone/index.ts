import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { zoneFreeze, zoneThaw } from './freeze.ts'
import { zoneList, zoneStatus } from './list.ts'
import { zoneNotify } from './notify.ts'
import { zoneReload } from './reload.ts'

export function dnsZoneCommands(parent: Command, kit: CommandKit): void {
  const zone = parent
    .command('zone')
    .description('zones of a running name server: "cresset dns serve --control", or a node with a control socket')
  zoneList(zone, kit)
  zoneStatus(zone, kit)
  zoneReload(zone, kit)
  zoneFreeze(zone, kit)
  zoneThaw(zone, kit)
  zoneNotify(zone, kit)
}
