import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { askServer, type ControlOptions, controlOption } from '../control-socket.ts'
import { counted } from '../remarks.ts'

export function zoneNotify(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('notify')
    .description('tell the secondaries of --notify the serial of a zone, or of all, as after a change')
    .argument('[name]', 'name of the zone; all when left out')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns zone notify example.org', async (context, [name], options) => {
    const { zones, secondaries } = await askServer(context, options, 'zone-notify', name)
    const told = counted(secondaries, 'secondary').replace(/secondarys$/, 'secondaries')
    context.output.result(
      { zones, secondaries },
      zones.map((zone) => `${zone}: telling ${told}`),
    )
  })
}
