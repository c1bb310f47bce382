import type { ZoneReport } from '@cresset/node'
import type { Command } from 'commander'
import type { CommandKit } from '../../../command-kit.ts'
import { columns, table } from '../../../terminal/output.ts'
import { askServer, type ControlOptions, controlOption } from '../control-socket.ts'

export function zoneList(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('list')
    .description('the zones that are served, with serial, records and when signatures end')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns zone list', async (context, _positional, options) => {
    const { zones } = await askServer(context, options, 'zone-list')
    const rows = zones.map(({ zone, serial, records, signaturesEndAt, ...report }) => [
      zone,
      String(serial),
      String(records),
      signaturesEndAt ?? 'not signed',
      stateOf(report),
    ])
    context.output.result({ zones }, table(['zone', 'serial', 'records', 'signatures end', 'state'], rows))
  })
}

export function zoneStatus(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('status')
    .description('how each zone, or one of them, is served')
    .argument('[name]', 'name of the zone; all when left out')
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns zone status example.org', async (context, [name], options) => {
    const { zones } = await askServer(context, options, 'zone-list', name)
    context.output.result(
      { zones },
      columns(zones.flatMap((report, index) => [...(index > 0 ? [['', ''] as const] : []), ...rowsOf(report)])),
    )
  })
}

function rowsOf(report: ZoneReport): [string, string][] {
  const { zone, file, records, serial, loadedAt, signaturesEndAt, signedAgainAt } = report
  const rows: [string, string][] = [
    ['zone', zone],
    ['file', file],
    ['serial', String(serial)],
    ['records', String(records)],
    ['loaded', loadedAt],
    ['signatures', signaturesEndAt === null ? 'none' : `the first ends ${signaturesEndAt}`],
    ['state', stateOf(report)],
  ]
  if (signedAgainAt !== null) rows.splice(6, 0, ['signed again', signedAgainAt])
  return rows
}

function stateOf({ frozen, problem }: Pick<ZoneReport, 'frozen' | 'problem'>): string {
  const state = frozen ? 'frozen' : 'served'
  return problem === null ? state : `${state} as it was: ${problem}`
}
