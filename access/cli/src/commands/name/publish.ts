import { publishAction, splitHost } from '@cresset/access-client'
import { hostName, type RecordSet } from '@cresset/core-ledger'
import { parseAbsoluteName, parseRdata, parseRecordType, WireError } from '@cresset/dns-wire'
import { type Command, Option } from 'commander'
import { type CommandKit, repeated, wholeNumber } from '../../command-kit.ts'
import { UsageError } from '../../exit-codes.ts'
import {
  addOverlapOption,
  addServerOptions,
  addServiceOption,
  type OverlapOptions,
  parseService,
  type ServerOptions,
  serverOf,
} from '../../host-server.ts'
import { sendOrWrite } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'

interface Options extends SendingOptions, ServerOptions, OverlapOptions {
  readonly service?: readonly string[]
  readonly record?: readonly string[]
  readonly ttl?: number
  readonly withdraw?: boolean
}

/** `MX 10 mail.shop.acme.`, with an optional time to live in front: `300 MX …`. Names end in a dot. */
function parseRecords(texts: readonly string[]): RecordSet[] {
  const sets = new Map<number, { type: number; ttlSeconds: number | undefined; data: Uint8Array[] }>()
  for (const text of texts) {
    const match = /^(?:(\d{1,9})\s+)?([A-Za-z][A-Za-z0-9]*)\s+(.+)$/s.exec(text.trim())
    const type = match?.[2] === undefined ? undefined : parseRecordType(match[2].toUpperCase())
    if (!match || type === undefined)
      throw new UsageError(`--record ${text}: write "TYPE DATA", for example "MX 10 mail.shop.acme."`)
    const ttlSeconds = match[1] === undefined ? undefined : Number(match[1])
    const set = sets.get(type) ?? { type, ttlSeconds, data: [] }
    sets.set(type, set)
    try {
      set.data.push(parseRdata(type, match[3] ?? ''))
    } catch (error) {
      if (error instanceof WireError) throw new UsageError(`--record ${text}: ${error.message}`, { cause: error })
      throw error
    }
  }
  return [...sets.values()]
}

export function namePublish(parent: Command, kit: CommandKit): void {
  const described = parent
    .command('publish')
    .description(
      'publish all there is about a host: addresses, key, certificate, records. It replaces what was published before',
    )
    .argument('<host>', 'for example www.shop.acme, or the name itself')
  const command = addSendingOptions(
    addOverlapOption(addServiceOption(addServerOptions(described)))
      .addOption(
        new Option(
          '--record <text>',
          'for example "MX 10 mail.shop.acme." or "300 TXT hello"; repeat for more',
        ).argParser(repeated),
      )
      .addOption(
        new Option('--ttl <seconds>', 'how long resolvers may keep the answers').argParser(wholeNumber(0, 604_800)),
      )
      .addOption(
        new Option('--withdraw', 'take the host out again').conflicts(['address', 'record', 'newKey', 'hostKey']),
      ),
  )
  const example =
    'cresset name publish www.shop.acme --address 192.0.2.7 --service 443/tcp/web --new-key --key alice.key'
  kit.add<Options>(command, example, async (context, [text = ''], options) => {
    const client = await context.client()
    const place = splitHost(text, client.genesis.zones)
    const fullHost = hostName(place.host, place.name)
    parseAbsoluteName(fullHost)
    const services = (options.service ?? []).map(parseService)
    const recordSets = parseRecords(options.record ?? [])
    const proven = await serverOf(context, place, options)
    const servers = proven === undefined ? [] : [proven.server]
    const files = proven?.files ?? []
    if (services.length > 0 && servers.length === 0) throw new UsageError('a server needs an --address')
    if (!options.withdraw && servers.length === 0 && recordSets.length === 0) {
      throw new UsageError(
        'nothing to publish: give --address with --new-key, or --record; or --withdraw to take the host out',
      )
    }
    const action = publishAction(place, {
      servers,
      services,
      recordSets,
      ...(options.ttl === undefined ? {} : { ttlSeconds: options.ttl }),
      ...(options.overlap === undefined ? {} : { keyOverlap: options.overlap }),
    })
    const sent = await sendOrWrite(context, options, action, `publishing ${fullHost}`)
    if (sent === undefined) return
    printSent(
      context,
      sent,
      [
        options.withdraw ? `${fullHost} is withdrawn` : `${fullHost} is published`,
        ...files.map((file) => `wrote ${file}`),
      ],
      { host: fullHost, files },
    )
  })
}
