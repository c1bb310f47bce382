import { readHistory, splitHost } from '@cresset/access-client'
import { toHex, toJson } from '@cresset/core-codec'
import { type HostEntry, hostName, readPublishedHost } from '@cresset/core-ledger'
import { formatAddress } from '@cresset/dns-wire'
import { type Command, Option } from 'commander'
import { type CommandKit, wholeNumber } from '../../command-kit.ts'
import { ClientError } from '../../exit-codes.ts'
import { historyNotKept } from '../../oldest-kept.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'

function describeRecord({ revision, height, servers, recordSets, retiringKeys }: HostEntry): string {
  const shown = servers.map(
    ({ addresses, publicKey }) => `${addresses.map(formatAddress).join(' ')} key ${toHex(publicKey).slice(0, 16)}…`,
  )
  const more = [
    ...(recordSets.length > 0 ? [`${recordSets.length} record sets`] : []),
    ...(retiringKeys.length > 0 ? [`${retiringKeys.length} old keys`] : []),
  ]
  return `revision ${revision}  block ${height}  ${[...shown, ...more].join(', ')}`
}

export function hostHistory(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('history')
    .description('all records of a host since it was first published, newest first, each proven by the one after it')
    .argument('<host>', 'for example www.shop.acme')
    .addOption(new Option('--limit <count>', 'how many').argParser(wholeNumber(1, 10_000)).default(100))
  kit.add<{ limit: number }>(command, 'cresset host history www.shop.acme', async (context, [text = ''], options) => {
    const client = await context.client()
    const place = splitHost(text, client.genesis.zones)
    const host = hostName(place.host, place.name)
    const { value, rests } = await client.query((view, at) => readPublishedHost(view, place, at), `/v1/hosts/${host}`)
    if (value === undefined)
      throw new ClientError('not-found', 'host-unknown', `${host} is not published (${restsOnLine(rests)})`)

    let older: HostEntry[] = []
    let isLost = false
    if (options.limit > 1) {
      try {
        const { records, next } = await readHistory(client, value.entry.predecessor, options.limit - 1)
        isLost = next !== undefined && records.length < options.limit - 1
        older = records.flatMap((record) => (record.kind === 'host' ? [record.value] : []))
      } catch (error) {
        if (!(error instanceof ClientError) || error.kind !== 'not-found') throw error
        isLost = true
      }
    }
    const records = [value.entry, ...older]
    const oldest = records.at(-1) as HostEntry
    const complete = oldest.predecessor === undefined
    context.output.result({ host, records: toJson(records), complete, rests: restsOnJson(rests) }, [
      ...records.map(describeRecord),
      `revision ${value.entry.revision} is ${restsOnLine(rests)}`,
      ...(complete ? ['this is the whole history'] : []),
    ])
    if (isLost) throw await historyNotKept(client, oldest.revision)
  })
}
