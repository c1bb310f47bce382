import { ClientError, parseName, readHistory } from '@cresset/access-client'
import { equalBytes, toHex, toJson } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { type NameEntry, readName } from '@cresset/core-ledger'
import { type Command, Option } from 'commander'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { historyNotKept } from '../../oldest-kept.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'

/** What a record changed against the one before it. */
export function describeChange(record: NameEntry, before: NameEntry | undefined): string[] {
  const { registration } = record
  const earlier = before?.registration
  if (registration === undefined) return ['the registration ended']
  const owner = toHex(accountOf(registration.primaryKey))
  const changes: string[] = []
  if (earlier === undefined) changes.push(`registered by ${owner}`)
  else if (before?.ownerships !== record.ownerships) changes.push(`given to ${owner}`)
  const [hosts, earlierHosts] = [registration.hosts, earlier?.hosts ?? []].map((list) => list.map(({ host }) => host))
  for (const host of hosts ?? []) if (!earlierHosts?.includes(host)) changes.push(`host "${host}" added`)
  for (const host of earlierHosts ?? []) if (!hosts?.includes(host)) changes.push(`host "${host}" ended`)
  const [delegations, earlierDelegations] = [registration.delegations, earlier?.delegations ?? []]
  for (const host of delegations) if (!earlierDelegations.includes(host)) changes.push(`"${host}" delegated`)
  for (const host of earlierDelegations) if (!delegations.includes(host)) changes.push(`delegation of "${host}" ended`)
  changes.push(...describeDigest('domain certificate', registration.domainCertificate, earlier?.domainCertificate))
  changes.push(...describeDigest('encryption key', registration.encryptionKey, earlier?.encryptionKey))
  return changes.length > 0 ? changes : ['its hosts have other addresses or its certificate was shown']
}

function describeDigest(what: string, now: Uint8Array | undefined, before: Uint8Array | undefined): string[] {
  if (now === undefined) return before === undefined ? [] : [`${what} ended`]
  if (before === undefined) return [`${what} added`]
  return equalBytes(now, before) ? [] : [`${what} changed`]
}

export function nameHistory(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('history')
    .description('all records of a name, newest first; each is proven by the hash that the one after it holds')
    .argument('<name>', 'for example shop.acme')
    .addOption(new Option('--limit <count>', 'how many').argParser(wholeNumber(1, 10_000)).default(100))
  kit.add<{ limit: number }>(command, 'cresset name history shop.acme', async (context, [text = ''], options) => {
    const client = await context.client()
    const name = parseName(text, client.genesis.zones)
    const { value, rests } = await client.query((view, at) => readName(view, name, at), `/v1/names/${name}`)
    const newest = value.entry
    if (newest === undefined) throw new ClientError('not-found', 'name-unknown', `${name} was never registered`)

    const older: NameEntry[] = []
    let isLost = false
    try {
      // One more than is shown: a record's change is told by the one before it.
      const history = await readHistory(client, newest.predecessor, options.limit)
      isLost = history.next !== undefined && history.records.length < options.limit
      for (const { kind, value: record } of history.records) if (kind === 'name') older.push(record)
    } catch (error) {
      if (!(error instanceof ClientError) || error.kind !== 'not-found') throw error
      isLost = true
    }
    const records = [newest, ...older].slice(0, options.limit)
    const oldest = [newest, ...older].at(-1)
    const described = records.map((record, index) => {
      const before = index === records.length - 1 && oldest === record ? undefined : [newest, ...older][index + 1]
      const isKnown = before !== undefined || record.predecessor === undefined
      const changes = isKnown ? describeChange(record, before) : ['what it changed is not known here']
      return { ...record, changes }
    })
    const isWhole = oldest?.predecessor === undefined && records.length === older.length + 1
    context.output.result(
      { name, records: described.map((record) => toJson(record)), complete: isWhole, rests: restsOnJson(rests) },
      [
        ...described.map(
          ({ revision, height, changes }) => `revision ${revision}  block ${height}  ${changes.join(', ')}`,
        ),
        `revision ${newest.revision} is ${restsOnLine(rests)}`,
        ...(records.length > 1 ? ['each older record has the hash that the one after it holds'] : []),
        ...(isWhole ? ['this is the whole history'] : []),
      ],
    )
    if (isLost) throw await historyNotKept(client, (records.at(-1) ?? newest).revision)
  })
}
