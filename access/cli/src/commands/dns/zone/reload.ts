import type { ReloadReport } from '@cresset/node'
import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import type { Context } from '../../../context.ts'
import { ClientError } from '../../../exit-codes.ts'
import { askServer, type ControlOptions, controlOption } from '../control-socket.ts'
import { counted } from '../remarks.ts'

export function zoneReload(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('reload')
    .description('read the files that changed, and serve them when they are good')
    .argument('[name]', 'name of the zone; all when left out')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns zone reload example.org', async (context, [name], options) => {
    const { zones } = await askServer(context, options, 'zone-reload', name)
    tellReloads(context, zones)
  })
}

/** Prints what became of each zone. @throws ClientError `refused` when one could not be served as it is now */
export function tellReloads({ output }: Context, zones: readonly ReloadReport[]): void {
  for (const { zone, staleSerial } of zones)
    if (staleSerial) output.warn(`${zone} changed, and its serial did not rise: no secondary will take it`)
  const kept = zones.filter(({ outcome }) => outcome === 'kept')
  if (kept.length === 0) {
    output.result({ zones }, zones.map(lineOf))
    return
  }
  for (const report of zones) output.note(lineOf(report))
  const [{ zone, reason }] = kept as [ReloadReport]
  const more = kept.length > 1 ? `; and ${counted(kept.length - 1, 'more zone')}` : ''
  throw new ClientError('refused', 'bad-zone', `${zone} is served as it was: ${reason}${more}`)
}

function lineOf({ zone, outcome, records, serial, reason }: ReloadReport): string {
  switch (outcome) {
    case 'loaded':
      return `${zone}: ${counted(records ?? 0, 'record')}, serial ${serial}`
    case 'unchanged':
      return `${zone}: its file has not changed`
    case 'frozen':
      return `${zone}: frozen, and left as it is`
    case 'gone':
      return `${zone}: served no more`
    case 'kept':
      return `${zone}: served as it was: ${reason}`
  }
}
