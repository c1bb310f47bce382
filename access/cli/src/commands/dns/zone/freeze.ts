import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { askServer, type ControlOptions, controlOption } from '../control-socket.ts'
import { tellReloads } from './reload.ts'

export function zoneFreeze(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('freeze')
    .description(
      'leave a zone as it is, whatever becomes of its file: it is not read and not signed again until it is thawed',
    )
    .argument('<name>', 'name of the zone')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns zone freeze example.org', async (context, [name], options) => {
    const { zones } = await askServer(context, options, 'zone-freeze', name)
    const lines = zones.map(({ zone, serial, signaturesEndAt }) => {
      const limit = signaturesEndAt === null ? '' : `; its signatures end from ${signaturesEndAt} on`
      return `${zone} stays at serial ${serial}${limit}`
    })
    context.output.result({ zones }, lines)
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
