import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { askServer, type ControlOptions, controlOption } from '../control-socket.ts'
import { tellReloads } from './reload.ts'

export function zoneFreeze(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('freeze')
    .description(
      'leave a zone as it is, whatever becomes of its file: it is not read, not signed again, and takes no updates until it is thawed; what updates changed is written to its file before',
    )
    .argument('<name>', 'name of the zone')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns zone freeze example.org', async (context, [name], options) => {
    const { zones, written } = await askServer(context, options, 'zone-freeze', name)
    const lines = zones.flatMap(({ zone, file, serial, signaturesEndAt }) => {
      const limit = signaturesEndAt === null ? '' : `; its signatures end from ${signaturesEndAt} on`
      const state = `${zone} stays at serial ${serial}${limit}`
      return written ? [state, `what updates changed is in ${file} now`] : [state]
    })
    context.output.result({ zones, written }, lines)
  })
}

export function zoneThaw(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('thaw')
    .description('end a freeze, and do what was due meanwhile')
    .argument('<name>', 'name of the zone')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns zone thaw example.org', async (context, [name], options) => {
    const { zones } = await askServer(context, options, 'zone-thaw', name)
    tellReloads(context, zones)
  })
}
