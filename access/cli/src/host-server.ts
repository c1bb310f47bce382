import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { proveServer } from '@cresset/access-client'
import { buildSelfSignedHostCertificate, decodePem, encodePem } from '@cresset/core-certificates'
import { generateKeyPair, type KeyPair, keyPairSigner } from '@cresset/core-crypto'
import { type HostPlace, hostName, type KeyOverlap, keyOverlaps, type Server, type Service } from '@cresset/core-ledger'
import { parseAddress } from '@cresset/dns-wire'
import { KeyFileError, keyPairFromPkcs8, pkcs8Pem, writeNewFile } from '@cresset/keys'
import { type Command, Option } from 'commander'
import { readBoundedFile } from './bounded-file.ts'
import { repeated, wholeNumber } from './command-kit.ts'
import type { Context } from './context.ts'
import { UsageError } from './exit-codes.ts'

/** How a command is told of one server. */
export interface ServerOptions {
  readonly address?: readonly string[]
  readonly newKey?: string | true
  readonly hostKey?: string
  readonly certificate?: string
  readonly weight?: number
}

const maxPemBytes = 256 * 1024

export function addServerOptions(command: Command): Command {
  return command
    .addOption(new Option('--address <ip>', 'address of the server; repeat for more').argParser(repeated))
    .addOption(
      new Option(
        '--new-key [file]',
        "make a key and a self-signed certificate, FILE.key and FILE.pem (the host's name when left out)",
      ).conflicts(['hostKey', 'certificate']),
    )
    .option('--host-key <file>', "the host's private key (PKCS#8 PEM)")
    .option('--certificate <file>', "the host's certificate (PEM)")
    .addOption(
      new Option('--weight <number>', 'how often clients choose it among the servers of the host').argParser(
        wholeNumber(0, 65_535),
      ),
    )
}

export function addServiceOption(command: Command): Command {
  return command.addOption(
    new Option('--service <port/protocol>', 'for example 8443/tcp/web or 25/tcp; repeat for more').argParser(repeated),
  )
}

/** For changes after which a key is no longer that of a server. */
export function addOverlapOption(command: Command): Command {
  return command.addOption(
    new Option(
      '--overlap <time>',
      'how long keys that are replaced stay in DNS; two times the TTL when left out, "none" for a stolen key',
    ).choices(keyOverlaps.map(([length]) => length)),
  )
}

export interface OverlapOptions {
  readonly overlap?: KeyOverlap
}

export function parseService(text: string): Service {
  const match = /^(\d{1,5})\/(tcp|udp)(\/web)?$/.exec(text)
  const port = Number(match?.[1])
  if (!match || port < 1 || port > 65_535)
    throw new UsageError(`--service ${text}: write PORT/tcp, PORT/udp or PORT/tcp/web`)
  return { port, protocol: match[2] as 'tcp' | 'udp', web: match[3] !== undefined }
}

export function parseIpAddress(text: string, what: string): Uint8Array {
  const address = parseAddress(text)
  if (!address) throw new UsageError(`${what} ${text} is not an IP address`)
  return address
}

function parseAddresses(texts: readonly string[]): Uint8Array[] {
  return texts.map((text) => parseIpAddress(text, '--address'))
}

async function readPem(path: string, what: string): Promise<string> {
  return (await readBoundedFile(path, maxPemBytes, `${what} ${path}`)).toString('utf8')
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

export interface ProvenServer {
  readonly server: Server
  /** Written for a new key. */
  readonly files: readonly string[]
}

/** The server that options describe, its key's holder agreeing; undefined when they describe none. */
export async function serverOf(
  context: Context,
  place: HostPlace,
  options: ServerOptions,
): Promise<ProvenServer | undefined> {
  const addresses = parseAddresses(options.address ?? [])
  const wantsKey = options.newKey !== undefined || options.hostKey !== undefined
  if (addresses.length === 0) {
    if (wantsKey) throw new UsageError('a server needs an --address')
    return undefined
  }
  if (!wantsKey)
    throw new UsageError('a server needs a key: give --new-key, or --host-key FILE with a private key in PEM')
  const fullHost = hostName(place.host, place.name)
  try {
    const key =
      options.newKey === undefined
        ? await readHostKey(options.hostKey ?? '', options.certificate)
        : await makeHostKey(context, fullHost, options.newKey)
    const server = await proveServer(await context.client(), place, await context.publicKey(), {
      addresses,
      signer: keyPairSigner(key.pair),
      ...(key.certificate ? { certificate: key.certificate } : {}),
      ...(options.weight === undefined ? {} : { weight: options.weight }),
    })
    return { server, files: key.files }
  } catch (error) {
    if (error instanceof KeyFileError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}
