import { delegationAction, readTableFee, splitHost } from '@cresset/access-client'
import { fromHex, toHex, toJson } from '@cresset/core-codec'
import type { PublicKey } from '@cresset/core-crypto'
import { type Delegation, hostName, type NameServer, readDelegation } from '@cresset/core-ledger'
import { formatAddress, formatRdata, parseAddress, parseRdata, RecordType, WireError } from '@cresset/dns-wire'
import { type Command, Option } from 'commander'
import { formatAmount } from '../../amounts.ts'
import { readCertificateFile } from '../../certificate-file.ts'
import { type CommandKit, repeated, wholeNumber } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { ClientError, UsageError } from '../../exit-codes.ts'
import { sendOrWrite } from '../../offline.ts'
import { restsOnJson, restsOnLine } from '../../rests-on.ts'
import { addSendingOptions, printSent, type SendingOptions } from '../../sending.ts'
import { columns } from '../../terminal/output.ts'

interface Options extends SendingOptions {
  readonly ns?: readonly string[]
  readonly ds?: readonly string[]
  readonly updateKey?: string
  readonly certificate?: string
  readonly ttl?: number
  readonly remove?: boolean
}

/** `ns.t.shop.acme=192.0.2.1,2001:db8::1`, or a name alone. */
function parseServer(text: string): NameServer {
  const [name = '', list, ...more] = text.split('=')
  const addresses = (list?.split(',') ?? []).map((part) => parseAddress(part))
  if (name === '' || more.length > 0 || addresses.includes(undefined))
    throw new UsageError(`--ns ${text}: write NAME, or NAME=ADDRESS,ADDRESS for a server at or below the host`)
  return { name: name.replace(/\.$/, '').toLowerCase(), addresses: addresses as Uint8Array[] }
}

function parseSigner(text: string): Uint8Array {
  try {
    return parseRdata(RecordType.DS, text)
  } catch (error) {
    if (error instanceof WireError) throw new UsageError(`--ds ${text}: ${error.message}`, { cause: error })
    throw error
  }
}

/** In hex as `key show` prints it, or whatever names a key. */
async function parsePublicKey(context: Context, text: string): Promise<PublicKey> {
  return /^0[12]([0-9a-f]{64}|[0-9a-f]{66})$/.test(text) ? (fromHex(text) as PublicKey) : context.publicKey(text)
}

function rowsOf(delegation: Delegation): (readonly [string, string])[] {
  return [
    ['host', hostName(delegation.host, delegation.name)],
    ...delegation.servers.map(
      ({ name, addresses }) => ['  name server', [name, ...addresses.map(formatAddress)].join(' ')] as const,
    ),
    ...delegation.signers.map((rdata) => ['  DS', formatRdata(RecordType.DS, rdata)] as const),
    ['  update key', delegation.updateKey === undefined ? 'none' : toHex(delegation.updateKey)],
    ['  authority', delegation.certificate === undefined ? 'none' : `${delegation.certificate.length} bytes`],
  ]
}

export function nameDelegate(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('delegate')
      .description('hand a host and everything below it to other name servers; show it, or take it back')
      .argument('<host>', 'for example t.shop.acme')
      .addOption(
        new Option('--ns <server>', 'NAME, or NAME=ADDRESS,… for one at or below the host; repeat for more').argParser(
          repeated,
        ),
      )
      .addOption(
        new Option(
          '--ds <data>',
          'DS record of the delegated zone, "TAG ALGORITHM TYPE DIGEST"; repeat for more',
        ).argParser(repeated),
      )
      .option('--update-key <key>', 'public key (hex, or a key) of who may change the delegated zone')
      .option(
        '--certificate <file>',
        "certificate (PEM) of the delegated authority, issued by the name's domain certificate",
      )
      .addOption(
        new Option('--ttl <seconds>', 'how long resolvers may keep the answers').argParser(wholeNumber(0, 604_800)),
      )
      .addOption(new Option('--remove', 'take the host back').conflicts(['ns', 'ds', 'updateKey', 'certificate'])),
  )
  const example =
    'cresset name delegate t.shop.acme --ns ns.t.shop.acme=192.0.2.1 --certificate t.shop.acme.pem --key alice.key'
  kit.add<Options>(command, example, async (context, [text = ''], options) => {
    const client = await context.client()
    const place = splitHost(text, client.genesis.zones)
    const full = hostName(place.host, place.name)
    if (place.host === '') throw new UsageError(`${full} is a name; delegate a host below it`)
    const isChange = (options.ns?.length ?? 0) > 0
    if (!isChange && !options.remove) {
      if (options.ds || options.updateKey || options.certificate) throw new UsageError('a delegation needs an --ns')
      return show(context, place, full)
    }
    const action = options.remove
      ? delegationAction(place)
      : delegationAction(place, {
          servers: (options.ns ?? []).map(parseServer),
          signers: (options.ds ?? []).map(parseSigner),
          ttlSeconds: options.ttl,
          updateKey: options.updateKey === undefined ? undefined : await parsePublicKey(context, options.updateKey),
          certificate:
            options.certificate === undefined ? undefined : (await readCertificateFile(options.certificate))[0].der,
        })
    const { value: tableFee } = await client.query((view) => readTableFee(view, action))
    if (tableFee > 0n) {
      const amount = formatAmount(tableFee, await context.currency())
      context.output.note(
        `${place.name} has a record table, which this can hide or show: it costs ${amount} beside the price`,
      )
    }
    const sent = await sendOrWrite(context, options, action, `the delegation of ${full}`)
    if (sent === undefined) return
    const outcome = options.remove ? `${full} is the ledger's again` : `${full} and all below it is delegated`
    printSent(context, sent, [outcome], { host: full, delegated: !options.remove })
  })
}

async function show(context: Context, place: { name: string; host: string }, full: string): Promise<void> {
  const client = await context.client()
  const hint = `/v1/names/${place.name}/delegations`
  const { value, rests } = await client.query((view) => readDelegation(view, place.name, place.host), hint)
  if (value === undefined)
    throw new ClientError('not-found', 'delegation-unknown', `${full} is not delegated; ${restsOnLine(rests)}`)
  context.output.result({ delegation: toJson(value), rests: restsOnJson(rests) }, [
    ...columns(rowsOf(value)),
    restsOnLine(rests),
  ])
}
