import { type AnswerJson, parseName } from '@cresset/access-client'
import { toHex, toJson } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { hostName, type NameView, type RecordTable, readNameZone } from '@cresset/core-ledger'
import type { Command } from 'commander'
import { type Currency, formatAmount, formatDuration, formatTime } from '../../amounts.ts'
import type { CommandKit } from '../../command-kit.ts'
import { describeHost } from '../../describe-host.ts'
import { AnsweredError } from '../../exit-codes.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { columns } from '../../terminal/output.ts'
import { counted } from '../dns/remarks.ts'

function describeName(name: NameView, currency: Currency): (readonly [string, string])[] {
  const rows: (readonly [string, string])[] = [
    ['name', name.name],
    ['status', name.status],
  ]
  const { registration } = name.entry ?? {}
  if (registration && (name.status === 'active' || name.status === 'grace')) {
    rows.push(['primary key', toHex(registration.primaryKey)], ['owner', toHex(accountOf(registration.primaryKey))])
    const { domainCertificate, encryptionKey, delegations } = registration
    if (domainCertificate) rows.push(['domain certificate', toHex(domainCertificate)])
    if (encryptionKey) rows.push(['encryption key', toHex(encryptionKey)])
    for (const host of delegations) rows.push(['delegated', hostName(host, name.name)])
  }
  if (name.claim) rows.push(['claimed by', toHex(name.claim.sender)])
  if (name.balance !== undefined) rows.push(['deposit left', formatAmount(name.balance, currency)])
  if (name.paidUntilLedgerMs !== undefined) {
    rows.push([
      'paid until',
      `${formatTime(name.paidUntilLedgerMs)} (${formatDuration(name.paidUntilLedgerMs - name.ledgerTimeMs)})`,
    ])
  }
  if (name.untilLedgerMs !== undefined)
    rows.push([name.status === 'grace' ? 'expires' : 'free from', formatTime(name.untilLedgerMs)])
  return rows
}

/** What "zone import" brought, and what of a broken off one waits. */
function describeTable({ served, building }: Partial<RecordTable> = {}): (readonly [string, string])[] {
  const size = ({ records, bits }: NonNullable<RecordTable['served']>): string =>
    `${counted(records, 'record')} in ${counted(2 ** bits, 'page')}`
  return [
    ...(served === undefined ? [] : [['record table', size(served)] as const]),
    ...(building === undefined ? [] : [['being imported', size(building)] as const]),
  ]
}

export function nameShow(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('show')
    .description('a name, its owner, deposit and hosts, proven')
    .argument('<name>', 'for example shop.acme')
    .option('--proof', 'with --json: print the proof too, so that others can check it against genesis alone')
  kit.add<{ proof?: boolean }>(command, 'cresset name show shop.acme', async (context, [text = ''], options) => {
    const client = await context.client()
    const name = parseName(text, client.genesis.zones)
    const { value, rests, answer } = await client.queryWithAnswer(
      (view, at) => readNameZone(view, name, at),
      `/v1/names/${name}/zone`,
    )
    const currency = await context.currency()
    const json: Record<string, unknown> = {
      ...(toJson(value.name) as object),
      hosts: toJson(value.hosts),
      recordTable: toJson(value.table ?? null),
      rests: restsOnJson(rests),
    }
    const proof: AnswerJson | undefined = options.proof ? answer : undefined
    context.output.result(proof ? { ...json, proof } : json, [
      ...columns([
        ...describeName(value.name, currency),
        ...describeTable(value.table),
        ...value.hosts.flatMap((host) => describeHost(host, value.name.ledgerTimeMs)),
      ]),
      ...(proof ? [JSON.stringify(proof)] : []),
      restsOnLine(rests),
    ])
    if (value.name.status === 'free')
      throw new AnsweredError('not-found', 'name-unknown', `${name} is not registered; it is free`)
  })
}
