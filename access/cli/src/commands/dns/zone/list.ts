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
    const rows = zones.map(({ zone, serial, signaturesEndAt, anchorSignaturesEndAt, ...report }) => [
      zone,
      String(serial),
      sizeText(report),
      signaturesEndAt ?? (anchorSignaturesEndAt === null ? 'not signed' : 'none made yet'),
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

const DENIAL_TEXTS = {
  nsec: 'by a chain of NSEC',
  nsec3: 'by a chain of NSEC3',
  compact: 'made for each question (RFC 9824)',
}

function rowsOf(report: ZoneReport): [string, string][] {
  const { zone, file, serial, loadedAt, signaturesEndAt, signedAgainAt, anchorSignaturesEndAt } = report
  const rows: [string, string][] = [
    ['zone', zone],
    file === null ? ['from', 'the ledger'] : ['file', file],
    ['serial', String(serial)],
    ['records', sizeText(report)],
    [file === null ? 'changed' : 'loaded', loadedAt ?? 'in a block that is no longer kept'],
    ['signatures', signaturesEndAt === null ? 'none' : `the first ends ${signaturesEndAt}`],
    ...(report.denial === null ? [] : [['denials', DENIAL_TEXTS[report.denial]] as [string, string]]),
    ...(report.updated
      ? [['updates', 'have changed it, and its file does not have that yet'] as [string, string]]
      : []),
    ['state', stateOf(report)],
    ...report.secondaries.map((secondary): [string, string] => ['secondary', secondaryText(secondary)]),
  ]
  if (anchorSignaturesEndAt !== null)
    rows.splice(6, 0, ['anchors', `have signed the keys until ${anchorSignaturesEndAt}`])
  if (signedAgainAt !== null) rows.splice(6, 0, ['signed again', signedAgainAt])
  return rows
}

function secondaryText({ secondary, serial, lagSeconds }: ZoneReport['secondaries'][number]): string {
  if (serial === null) return `${secondary} has not answered yet`
  const lag = lagSeconds === 0 ? '' : `, and lacks a newer one for ${Math.round(lagSeconds)} s`
  return `${secondary} has serial ${serial}${lag}`
}

/** Of a zone of the ledger nobody counts single records. */
const sizeText = ({ records, rrsets }: Pick<ZoneReport, 'records' | 'rrsets'>): string =>
  records === null ? `${rrsets} sets` : String(records)

function stateOf({ file, frozen, problem }: Pick<ZoneReport, 'file' | 'frozen' | 'problem'>): string {
  const state = frozen ? 'frozen' : 'served'
  if (file === null) return problem ?? state
  return problem === null ? state : `${state} as it was: ${problem}`
}
