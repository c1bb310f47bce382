import { randomBytes } from 'node:crypto'
import { Resolver } from 'node:dns/promises'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Client, depositFor, proveServer, publishAction, registerName, send, splitHost } from '@cresset/access-client'
import { buildSelfSignedHostCertificate, encodePem } from '@cresset/core-certificates'
import { chainIdOf, engines, genesisDigest } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { accountOf, generateKeyPair, keyPairSigner, type Signer } from '@cresset/core-crypto'
import { readPublishedHost } from '@cresset/core-ledger'
import { formatAddress } from '@cresset/dns-wire'
import { createKeyFile, openKeyFile, pkcs8Pem } from '@cresset/keys'
import { freePorts, initConsortium } from '@cresset/node/folder'
import { formatAmount } from '../amounts.ts'
import { keepCompiledCode } from '../code-cache.ts'
import { describeStep } from '../commands/name/register.ts'
import { runningNetworkFile } from '../context.ts'
import { ClientError } from '../exit-codes.ts'
import { awaitFirstBlock } from '../network/await-first-block.ts'
import { processStart } from '../network/process-start.ts'
import { type ReadyLine, ValidatorProcess } from '../network/validator-process.ts'
import { restsOnLine } from '../rests-on.ts'
import { verifyServerKey } from '../server-key.ts'
import { Narration } from './narration.ts'
import { startWebServer, type WebServer } from './web-server.ts'

/*
 * The main job, narrated: what `npm start` does. Everything here is real: four processes, a ledger on disk, stock DNS and TLS clients.
 */

const zone = 'acme'
const host = 'www.shop.acme'
const dayMs = 86_400_000
const readyTimeoutMs = 45_000
const nodeMain = fileURLToPath(import.meta.resolve('@cresset/node/main'))

const { values: options } = parseArgs({
  options: { once: { type: 'boolean', default: false }, engine: { type: 'string', default: 'pbft' } },
})

const engine = engines.find((name) => name === options.engine)
const interrupted = new AbortController()
// What still runs then fails because all is being ended: nothing that anybody must read.
const narration = new Narration(
  (text) => interrupted.signal.aborted || process.stdout.write(text),
  process.stdout.isTTY === true,
)
const validators: ValidatorProcess[] = []
const webServers: WebServer[] = []
let staysUp = false
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupted.abort())

// A closed terminal or a reader that goes away (`| head`) must not end this before it has removed its folder.
process.stdout.on('error', () => interrupted.abort())
process.stderr.on('error', () => undefined)
keepCompiledCode(process.env)

const random = (length: number): Uint8Array => new Uint8Array(randomBytes(length))
let folder = ''
let consortium: ReturnType<typeof initConsortium> | undefined

async function startValidators(): Promise<{ client: Client; ready: readonly ReadyLine[] }> {
  const firstPorts = {
    agreement: await freePorts(7400, 4),
    api: await freePorts(8400, 4),
    dns: await freePorts(5300, 4),
  }
  interrupted.signal.throwIfAborted()
  consortium = initConsortium({
    dir: join(folder, 'consortium'),
    name: 'tour',
    zones: [zone],
    validators: 4,
    engine: engine ?? 'pbft',
    firstPorts,
    nowMs: Date.now(),
  })
  const { genesis, paths } = await consortium
  interrupted.signal.throwIfAborted()
  narration.line(`ledger ${chainIdOf(genesis)}, genesis digest ${toHex(genesisDigest(genesis)).slice(0, 32)}…`)
  for (const node of genesis.nodes) {
    validators.push(
      new ValidatorProcess({
        name: node.name,
        folder: paths.node(node.name).folder,
        nodeMain,
        arguments: [],
        readyTimeoutMs,
      }),
    )
  }
  const ready = await Promise.all(validators.map((validator) => validator.start()))
  const nodes = ready.map((line, index) => ({
    name: line.name,
    pid: validators[index]?.pid ?? 0,
    api: line.api,
    dns: line.dns,
  }))
  await writeFile(
    join(paths.folder, runningNetworkFile),
    JSON.stringify({ pid: process.pid, started: await processStart(process.pid), nodes }),
  )
  await awaitFirstBlock(
    ready.map((line) => line.api),
    readyTimeoutMs,
  )
  for (const line of ready) narration.line(`${line.name}  API ${line.api}  DNS ${line.dns}`)
  return { client: new Client({ genesis, nodes: ready.map((line) => line.api) }), ready }
}

async function register(client: Client, name: string, signer: Signer): Promise<void> {
  const { rests } = await registerName(client, {
    name,
    deposit: await depositFor(client, 30 * dayMs),
    signer,
    randomBytes: random,
    onStep: (step) => narration.line(describeStep(step)),
  })
  narration.line(restsOnLine(rests))
}

interface HostFiles {
  readonly port: number
  readonly certificatePath: string
}

/** A host key, its certificate, a server that has both, and the transaction that says so. */
async function publish(client: Client, owner: Signer): Promise<HostFiles> {
  const place = splitHost(host, client.genesis.zones)
  const pair = generateKeyPair('p256', random(32))
  const signer = keyPairSigner(pair)
  const certificate = await buildSelfSignedHostCertificate(
    { hosts: [host], nowMs: Date.now(), random: random(16) },
    signer,
  )
  const certificatePem = encodePem('CERTIFICATE', certificate)
  const certificatePath = join(folder, `${host}.pem`)
  await writeFile(certificatePath, certificatePem)
  const server = await startWebServer({
    keyPem: pkcs8Pem(pair),
    certificatePem,
    text: `hello from ${host}\n`,
    port: await freePorts(8443, 1),
  })
  webServers.push(server)
  narration.line(`an HTTPS server runs on 127.0.0.1:${server.port} with a fresh P-256 key`)
  const action = publishAction(place, {
    servers: [
      await proveServer(client, place, owner.publicKey, {
        addresses: [Uint8Array.of(127, 0, 0, 1)],
        certificate,
        signer,
      }),
    ],
    services: [{ port: server.port, protocol: 'tcp', web: true }],
  })
  const { rests } = await send(client, [owner], action)
  narration.line(`published ${host}: address, public key and certificate in one record`)
  narration.line(restsOnLine(rests))
  return { port: server.port, certificatePath }
}

/** What any program on a machine does: ask a name server. Node's own resolver is c-ares, a stock client. */
async function resolveByDns(dns: string, port: number): Promise<string> {
  const resolver = new Resolver()
  resolver.setServers([dns])
  const [address = ''] = await resolver.resolve4(host)
  narration.line(`${host} A ${address}`)
  const [tlsa] = await resolver.resolveTlsa(`_${port}._tcp.${host}`)
  if (tlsa) {
    const data = Buffer.from(tlsa.data).toString('hex')
    narration.line(`_${port}._tcp.${host} TLSA ${tlsa.certUsage} ${tlsa.selector} ${tlsa.match} ${data.slice(0, 24)}…`)
  }
  return address
}

function fetchPage(address: string, port: number, certificatePem: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: address, port, servername: host, headers: { host }, ca: certificatePem, agent: false },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part: string) => {
          text += part
        })
        response.on('end', () => resolve(text.trim()))
      },
    )
    sent.on('error', reject)
    sent.end()
  })
}

async function verifyByLedger(client: Client, address: string, port: number): Promise<void> {
  const place = splitHost(host, client.genesis.zones)
  const { value, rests } = await client.query((view, at) => readPublishedHost(view, place, at), `/v1/hosts/${host}`)
  const [server] = value?.entry.servers ?? []
  if (!server?.certificate) throw new Error(`${host} is not on the ledger`)
  narration.line(
    `the ledger names the key ${toHex(server.publicKey).slice(0, 24)}… at ${server.addresses.map(formatAddress).join(', ')}`,
  )
  narration.line(restsOnLine(rests))
  await verifyServerKey({ address, port, host, keys: [server.publicKey] })
  narration.line(`the server on ${address}:${port} holds that key`)
  narration.line(`it says: ${await fetchPage(address, port, encodePem('CERTIFICATE', server.certificate))}`)
}

/** The same name in its certificate, made by somebody else. */
async function refuseImpostor(client: Client): Promise<void> {
  const signer = generateKeyPair('p256', random(32))
  const certificate = await buildSelfSignedHostCertificate(
    { hosts: [host], nowMs: Date.now(), random: random(16) },
    keyPairSigner(signer),
  )
  const impostor = await startWebServer({
    keyPem: pkcs8Pem(signer),
    certificatePem: encodePem('CERTIFICATE', certificate),
    text: 'trust me\n',
    port: 0,
  })
  try {
    const place = splitHost(host, client.genesis.zones)
    const { value } = await client.query((view, at) => readPublishedHost(view, place, at), `/v1/hosts/${host}`)
    const keys = value?.entry.servers.map((server) => server.publicKey) ?? []
    await verifyServerKey({ address: '127.0.0.1', port: impostor.port, host, keys })
  } catch (error) {
    if (!(error instanceof ClientError) || error.code !== 'wrong-server-key') throw error
    narration.line(`refused: ${error.message}`)
    return
  } finally {
    await impostor.close()
  }
  throw new Error('a server with another key was taken for the right one')
}

function printHowToTry(ready: readonly ReadyLine[], { port, certificatePath }: HostFiles): void {
  const [dnsHost, dnsPort] = (ready[0]?.dns ?? '').split(':')
  const dig = `dig @${dnsHost} -p ${dnsPort}`
  const here = (path: string): string =>
    relative(process.cwd(), path).startsWith('..') ? path : relative(process.cwd(), path)
  narration.title('It stays up. Try it from another terminal:')
  narration.command(`${dig} ${host} A`)
  narration.command(`${dig} _${port}._tcp.${host} TLSA +short`)
  narration.command(`${dig} _${port}._https.${host} HTTPS +tcp`)
  narration.command(
    `curl --cacert ${here(certificatePath)} --resolve ${host}:${port}:127.0.0.1 https://${host}:${port}/`,
  )
  narration.command(`openssl s_client -connect 127.0.0.1:${port} -servername ${host} -dane_tlsa_domain ${host} \\`)
  narration.command(
    `  -dane_tlsa_rrdata "$(${dig} _${port}._tcp.${host} TLSA +short | sed -E 's/ ([0-9A-F]+)$/\\1/')" </dev/null`,
  )
  narration.blank()
  narration.command(`export CRESSET_GENESIS=${here(join(folder, 'consortium', 'genesis.json'))}`)
  narration.command(`./cresset name show shop.${zone}`)
  narration.command(`./cresset verify ${host}:${port}`)
  narration.command('./cresset network status')
  narration.blank()
  narration.line('Ctrl-C ends it and removes its folder.')
}

async function tour(): Promise<void> {
  narration.title('Cresset: names, keys and certificates of a consortium, on one ledger')
  const { client, ready } = await narration.step('Start four validators, each a process of its own', startValidators)
  const { parameters } = client.genesis
  const currency = { name: parameters.currencyName, decimals: parameters.currencyDecimals }
  const founder = await openKeyFile(join(folder, 'consortium', 'keys', 'founder.key'))
  await mkdir(join(folder, 'keys'), { mode: 0o700 })
  const owner = await createKeyFile(join(folder, 'keys', 'owner.key'), { comment: 'owner of shop.acme' })

  await narration.step('Make a key, and let the founder pay it something', async () => {
    const amount = 100n * 10n ** BigInt(currency.decimals)
    const account = accountOf(owner.publicKey)
    const { rests } = await send(client, [founder], {
      kind: 'transfer',
      body: { to: account, amount, memo: new Uint8Array(0) },
    })
    narration.line(`account ${toHex(account).slice(0, 32)}… has ${formatAmount(amount, currency)}`)
    narration.line(restsOnLine(rests))
  })
  await narration.step(`Register shop.${zone}: sealed first, so that nobody can snatch the name`, () =>
    register(client, `shop.${zone}`, owner),
  )
  const files = await narration.step(`Publish ${host}`, () => publish(client, owner))
  const address = await narration.step('Resolve it through ordinary DNS', () =>
    resolveByDns(ready[0]?.dns ?? '', files.port),
  )
  await narration.step('Connect, and check the server by what the ledger says', () =>
    verifyByLedger(client, address, files.port),
  )
  await narration.step('Refuse a server with another key', () => refuseImpostor(client))
  await narration.step('Stop one validator, and register another name all the same', async () => {
    const [, , , last] = validators
    if (!last) throw new Error('invariant: there are four validators')
    await last.stop('SIGKILL')
    narration.line(`${last.name} is gone; three of four still decide`)
    await register(client, `bank.${zone}`, owner)
  })
  if (options.once) {
    narration.title('Done: all of it worked.')
    return
  }
  printHowToTry(ready, files)
  staysUp = true
  await new Promise<void>((resolve) => {
    if (interrupted.signal.aborted) resolve()
    interrupted.signal.addEventListener('abort', () => resolve())
  })
}

if (engine === undefined) {
  process.stderr.write(`cresset: this release has the engines ${engines.join(' and ')}, not "${options.engine}"\n`)
  process.exitCode = 2
} else {
  folder = await mkdtemp(join(tmpdir(), 'cresset-tour-'))
  try {
    await Promise.race([
      tour(),
      new Promise((_resolve, reject) =>
        interrupted.signal.addEventListener('abort', () => reject(new Error('interrupted'))),
      ),
    ])
  } catch (error) {
    if (!interrupted.signal.aborted) {
      process.stderr.write(`cresset: the tour stopped: ${error instanceof Error ? error.message : String(error)}\n`)
      process.exitCode = 1
    }
  } finally {
    // It makes its folders as it goes, so it would make them again after they were removed.
    await consortium?.catch(() => undefined)
    await Promise.all([
      ...validators.map((validator) => validator.stop()),
      ...webServers.map((server) => server.close()),
    ])
    // The step that was under way may write a file while its folder is being removed.
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    if (interrupted.signal.aborted && !staysUp)
      process.stdout.write('     interrupted: what it started has ended, and its folder is removed\n')
  }
}
