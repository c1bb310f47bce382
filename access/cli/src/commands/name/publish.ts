import { randomBytes } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { proveServer, publishAction, splitHost } from '@cresset/access-client'
import { buildSelfSignedHostCertificate, decodePem, encodePem } from '@cresset/core-certificates'
import { generateKeyPair, type KeyPair, keyPairSigner } from '@cresset/core-crypto'
import { type HostPlace, hostName, type RecordSet, type Server, type Service } from '@cresset/core-ledger'
import { parseAbsoluteName, parseAddress, parseRdata, parseRecordType, WireError } from '@cresset/dns-wire'
import { KeyFileError, keyPairFromPkcs8, pkcs8Pem, writeNewFile } from '@cresset/keys'
import { type Command, Option } from 'commander'
import { type CommandKit, repeated, wholeNumber } from '../../command-kit.ts'
import type { Context } from '../../context.ts'
import { UsageError } from '../../exit-codes.ts'
import { writeOffline } from '../../offline.ts'
import { addSendingOptions, printSent, type SendingOptions, sendAction } from '../../sending.ts'

interface Options extends SendingOptions {
  readonly address?: readonly string[]
  readonly service?: readonly string[]
  readonly record?: readonly string[]
  readonly newKey?: string | true
  readonly hostKey?: string
  readonly certificate?: string
  readonly ttl?: number
  readonly withdraw?: boolean
}

const maxPemBytes = 256 * 1024

function parseService(text: string): Service {
  const match = /^(\d{1,5})\/(tcp|udp)(\/web)?$/.exec(text)
  const port = Number(match?.[1])
  if (!match || port < 1 || port > 65_535)
    throw new UsageError(`--service ${text}: write PORT/tcp, PORT/udp or PORT/tcp/web`)
  return { port, protocol: match[2] as 'tcp' | 'udp', web: match[3] !== undefined }
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

function parseAddresses(texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => {
    const address = parseAddress(text)
    if (!address) throw new UsageError(`--address ${text} is not an IP address`)
    return address
  })
}

async function readPem(path: string, what: string): Promise<string> {
  const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(
      `cannot read ${what} ${path}: ${error.code === 'ENOENT' ? 'there is no such file' : (error.code ?? error.message)}`,
    )
  })
  if (content.length > maxPemBytes) throw new UsageError(`${path} is too long for ${what}`)
  return content.toString('utf8')
}

interface HostKey {
  readonly pair: KeyPair
  readonly certificate: Uint8Array | undefined
  readonly files: readonly string[]
}

/** A P-256 key (browsers refuse Ed25519 certificates) and a certificate signed by itself, as files that web servers read. */
async function makeHostKey(context: Context, fullHost: string, target: string | true): Promise<HostKey> {
  const base = target === true ? fullHost : target
  const keyPath = `${base}.key`
  const certificatePath = `${base}.pem`
  for (const path of [keyPath, certificatePath]) {
    if (await stat(path).catch(() => undefined))
      throw new UsageError(`${path} exists; publish it with --host-key, or give --new-key another name`)
  }
  const pair = generateKeyPair('p256', new Uint8Array(randomBytes(32)))
  const certificate = await buildSelfSignedHostCertificate(
    { hosts: [fullHost], nowMs: context.environment.nowMs(), random: new Uint8Array(randomBytes(16)) },
    keyPairSigner(pair),
  )
  await writeNewFile(keyPath, pkcs8Pem(pair))
  await writeNewFile(certificatePath, encodePem('CERTIFICATE', certificate), 0o644)
  return { pair, certificate, files: [keyPath, certificatePath] }
}

async function readHostKey(path: string, certificatePath: string | undefined): Promise<HostKey> {
  try {
    const pair = keyPairFromPkcs8(await readPem(path, 'the host key'))
    if (certificatePath === undefined) return { pair, certificate: undefined, files: [] }
    const certificate = decodePem('CERTIFICATE', await readPem(certificatePath, 'the certificate'))
    if (!certificate) throw new UsageError(`${certificatePath} holds no certificate in PEM`)
    return { pair, certificate, files: [] }
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`${path}: ${error instanceof Error ? error.message : 'not a key'}`, { cause: error })
  }
}

async function serversOf(
  context: Context,
  place: HostPlace,
  options: Options,
): Promise<{ servers: Server[]; files: readonly string[] }> {
  const addresses = parseAddresses(options.address ?? [])
  const wantsKey = options.newKey !== undefined || options.hostKey !== undefined
  if (addresses.length === 0) {
    if (wantsKey || options.service?.length) throw new UsageError('a server needs an --address')
    return { servers: [], files: [] }
  }
  if (!wantsKey)
    throw new UsageError('a server needs a key: give --new-key, or --host-key FILE with a private key in PEM')
  const fullHost = hostName(place.host, place.name)
  const key =
    options.newKey === undefined
      ? await readHostKey(options.hostKey ?? '', options.certificate)
      : await makeHostKey(context, fullHost, options.newKey)
  const primaryKey = await context.publicKey()
  const server = await proveServer(await context.client(), place, primaryKey, {
    addresses,
    signer: keyPairSigner(key.pair),
    ...(key.certificate ? { certificate: key.certificate } : {}),
  })
  return { servers: [server], files: key.files }
}

export function namePublish(parent: Command, kit: CommandKit): void {
  const command = addSendingOptions(
    parent
      .command('publish')
      .description(
        'publish all there is about a host: addresses, key, certificate, records. It replaces what was published before',
      )
      .argument('<host>', 'for example www.shop.acme, or the name itself')
      .addOption(new Option('--address <ip>', 'address of the server; repeat for more').argParser(repeated))
      .addOption(
        new Option('--service <port/protocol>', 'for example 8443/tcp/web or 25/tcp; repeat for more').argParser(
          repeated,
        ),
      )
      .addOption(
        new Option(
          '--new-key [file]',
          "make a key and a self-signed certificate, FILE.key and FILE.pem (the host's name when left out)",
        ).conflicts(['hostKey', 'certificate']),
      )
      .option('--host-key <file>', "the host's private key (PKCS#8 PEM)")
      .option('--certificate <file>', "the host's certificate (PEM)")
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
    let content: Awaited<ReturnType<typeof serversOf>>
    try {
      content = await serversOf(context, place, options)
    } catch (error) {
      if (error instanceof KeyFileError) throw new UsageError(error.message, { cause: error })
      throw error
    }
    const { servers, files } = content
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
    })
    if (options.offline !== undefined) return writeOffline(context, options.offline, action)
    const sent = await sendAction(context, [await context.signer()], action, `publishing ${fullHost}`)
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
