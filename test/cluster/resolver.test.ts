import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, before, test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { startWebServer, type WebServer } from '../../access/cli/src/tour/web-server.ts'
import { skipWithout } from '../../tools/system-tools.ts'
import { Cluster, cliArguments, type Ran, runProgram } from './cluster.ts'

/** A node's API on a port of its own, which passes answers on as they are or as `tell` makes them. */
class GoBetween {
  readonly server: Server
  tell: (answer: string) => string = (answer) => answer
  #honest = ''

  constructor(api: string) {
    this.server = createServer(async (request, response) => {
      const parts: Uint8Array[] = []
      for await (const part of request) parts.push(part as Uint8Array)
      const answer = await fetch(api + request.url, {
        method: request.method ?? 'GET',
        headers: { 'content-type': 'application/json' },
        ...(request.method === 'POST' ? { body: Buffer.concat(parts) } : {}),
      })
      this.#honest = await answer.text()
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(this.tell(this.#honest))
    })
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`
  }

  /** The newest answer of the node itself. */
  get honest(): string {
    return this.#honest
  }
}

const maxStalenessMs = 5_000
let cluster: Cluster
let owner: string
let between: GoBetween
let web: WebServer | undefined
const services: ChildProcess[] = []

/** Starts `cresset resolve --serve` and waits until it says that it serves. */
async function serve(
  at: string,
  nodes: readonly string[],
  ...more: string[]
): Promise<{
  address: string
  port: string
  said: Record<string, unknown>
  stderr: () => string
  child: ChildProcess
}> {
  const arguments_ = ['resolve', '--serve', at, '--json', ...nodes.flatMap((node) => ['--node', node]), ...more]
  const child = spawn(process.execPath, [...cliArguments, ...arguments_], {
    env: { ...process.env, CRESSET_GENESIS: cluster.path('genesis.json') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  services.push(child)
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const line = await Promise.race([
    once(child.stdout.setEncoding('utf8'), 'data'),
    once(child, 'exit').then(() => undefined),
  ])
  if (line === undefined) throw new Error(`the resolver did not start: ${stderr}`)
  const said = JSON.parse(String(line[0])) as Record<string, unknown>
  const [address = '', port = ''] = String(said['serves']).split(':')
  return { address, port, said, stderr: () => stderr, child }
}

const dig = (port: string, ...question: string[]): Promise<Ran> =>
  runProgram('dig', ['@127.0.0.1', '-p', port, '+time=6', '+tries=1', ...question])

const publish = (address: string): Promise<Record<string, unknown>> =>
  cluster.json(
    'name',
    'publish',
    'www.shop.acme',
    '--address',
    address,
    '--service',
    '8443/tcp/web',
    '--host-key',
    cluster.path('www.key'),
    '--certificate',
    cluster.path('www.pem'),
    '--key',
    owner,
  )

before(async () => {
  cluster = await Cluster.start({
    validators: 1,
    initArguments: [
      '--set',
      'maxBlockInterval=1s',
      '--set',
      `maxStaleness=${maxStalenessMs}ms`,
      '--set',
      'defaultTtl=30s',
    ],
  })
  owner = await cluster.fundedKey('owner.key')
  await cluster.json('name', 'register', 'shop.acme', '--key', owner)
  await cluster.json(
    'name',
    'publish',
    'www.shop.acme',
    '--address',
    '127.0.0.1',
    '--service',
    '8443/tcp/web',
    '--new-key',
    'www',
    '--key',
    owner,
  )
  between = new GoBetween(cluster.network.nodes[0]!.api)
  between.server.listen(0, '127.0.0.1')
  await once(between.server, 'listening')
})
after(async () => {
  for (const child of services) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGTERM')
    await once(child, 'exit')
  }
  between?.server.close()
  await web?.close()
  await cluster?.stop()
})

test('dig gets what is proven over UDP and TCP, absence included; the rest is refused', {
  skip: skipWithout('dig'),
}, async () => {
  const { port, said } = await serve('127.0.0.1:0', [between.url])
  const { rests } = await cluster.json('name', 'show', 'shop.acme')
  assert.equal(said['genesisDigest'], (rests as { genesisDigest: string }).genesisDigest)
  assert.ok((said['rests'] as { height: number }).height > 0)
  for (const transport of ['+notcp', '+tcp']) {
    const answer = await dig(port, transport, '+adflag', 'www.shop.acme', 'A')
    assert.match(answer.stdout, /status: NOERROR.*\n;; flags: qr rd ra ad;/)
    assert.match(answer.stdout, /www\.shop\.acme\.\t+\d+\tIN\tA\t127\.0\.0\.1/)
    assert.match((await dig(port, transport, '_8443._tcp.www.shop.acme', 'TLSA', '+short')).stdout, /^3 1 1 /)
    assert.match((await dig(port, transport, 'no.shop.acme', 'A')).stdout, /status: NXDOMAIN/)
    assert.match(
      (await dig(port, transport, '_tcp.www.shop.acme', 'A')).stdout,
      /status: NOERROR.*\n.*ANSWER: 0, AUTHORITY: 1/,
    )
    assert.match((await dig(port, transport, 'www.example.com', 'A')).stdout, /status: REFUSED/)
  }
})

test('a node that lies, replays, denies or is gone: SERVFAIL with an extended error, and never a wrong answer', {
  skip: skipWithout('dig'),
}, async () => {
  const spoil = (answer: string): string => {
    const json = JSON.parse(answer) as { proofs: string[]; finality: string }
    return JSON.stringify({
      ...json,
      proofs: json.proofs.map((proof) =>
        proof.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')).replace(/^(.{40})./, '$1_'),
      ),
    })
  }
  await dig((await serve('127.0.0.1:0', [between.url])).port, 'www.shop.acme', 'A')
  const old = between.honest
  const oldAtMs = Date.now()
  await dig((await serve('127.0.0.1:0', [between.url])).port, 'nobody.acme', 'A')
  const ofNobody = JSON.parse(between.honest) as { keys: string[]; proofs: string[] }
  const denial = (answer: string): string => {
    const json = JSON.parse(answer) as { keys: string[] }
    return JSON.stringify({
      ...json,
      proofs: json.keys.map((_key, index) => ofNobody.proofs[index % ofNobody.proofs.length]),
    })
  }
  await publish('127.0.0.2')
  const lies: [string, (answer: string) => string, RegExp][] = [
    ['a changed proof', spoil, /EDE: 6 \(DNSSEC Bogus\): \(bad-/],
    ['the absence of another name', denial, /EDE: 6 \(DNSSEC Bogus\): \(bad-/],
    ['a web page', () => '<html>welcome</html>', /EDE: 22 \(No Reachable Authority\)/],
  ]
  for (const [lie, tell, expected] of lies) {
    between.tell = tell
    const { port, stderr, said } = await serve('127.0.0.1:0', [between.url])
    assert.equal(said['rests'], undefined, lie)
    for (const transport of ['+notcp', '+tcp']) {
      const { stdout } = await dig(port, transport, 'www.shop.acme', 'A')
      assert.match(stdout, /status: SERVFAIL/, lie)
      assert.match(stdout, /ANSWER: 0, AUTHORITY: 0/, lie)
      assert.match(stdout, expected, lie)
    }
    assert.equal(
      stderr()
        .split('\n')
        .filter((line) => line.includes('www.shop.acme')).length,
      1,
      'a problem is one line',
    )
  }
  between.tell = () => old
  await delay(oldAtMs + maxStalenessMs + 500 - Date.now())
  const replayed = await serve('127.0.0.1:0', [between.url])
  const { stdout } = await dig(replayed.port, 'www.shop.acme', 'A')
  assert.match(stdout, /status: SERVFAIL/)
  assert.match(stdout, /EDE: 24 \(Invalid Data\): \(stale: /)
  between.tell = (answer) => answer
  await delay(1_100)
  assert.equal(
    (await dig(replayed.port, 'www.shop.acme', 'A', '+short')).stdout,
    '127.0.0.2\n',
    'the truth, once it is told',
  )
  const nobody = await serve('127.0.0.1:0', ['http://127.0.0.1:1'])
  assert.match(
    (await dig(nobody.port, 'www.shop.acme', 'A')).stdout,
    /status: SERVFAIL[\s\S]*EDE: 22 \(No Reachable Authority\)/,
  )
  between.tell = spoil
  const beside = await serve('127.0.0.1:0', [between.url, 'http://127.0.0.1:1', cluster.network.nodes[0]!.api])
  assert.equal(
    (await dig(beside.port, 'www.shop.acme', 'A', '+short')).stdout,
    '127.0.0.2\n',
    'one honest node is enough',
  )
  between.tell = (answer) => answer
  await publish('127.0.0.1')
})

/** `resolv.conf` knows no port: the resolver needs port 53 of an address of its own, which only some users may take. */
async function portProblem(address: string): Promise<string | false> {
  const socket = createSocket('udp4')
  try {
    socket.bind({ port: 53, address, exclusive: true })
    await Promise.race([
      once(socket, 'listening'),
      once(socket, 'error').then(([error]) => Promise.reject(error as Error)),
    ])
    return false
  } catch (error) {
    return `port 53 of ${address}: ${(error as Error).message}`
  } finally {
    socket.close()
  }
}

test('curl, whose only resolver it is, reaches the server, and reaches nobody when the node lies', {
  skip: skipWithout('curl', 'unshare'),
}, async (context) => {
  const address = '127.0.0.77'
  const configuration = cluster.path('resolv.conf')
  await writeFile(configuration, `nameserver ${address}\noptions attempts:1 timeout:6\n`)
  const inNamespace = (command: string): Promise<Ran> =>
    runProgram('unshare', [
      '--map-root-user',
      '--mount',
      'sh',
      '-c',
      `mount --bind '${configuration}' /etc/resolv.conf && ${command}`,
    ])
  const problem =
    (await portProblem(address)) ||
    ((await inNamespace('true')).code === 0 ? false : 'a mount namespace is not allowed here')
  if (problem !== false) return context.skip(problem)
  web = await startWebServer({
    keyPem: await readFile(cluster.path('www.key'), 'utf8'),
    certificatePem: await readFile(cluster.path('www.pem'), 'utf8'),
    text: 'hello from the proven address',
    port: 0,
  })
  const resolver = await serve(`${address}:53`, [between.url])
  const curl = () =>
    inNamespace(
      `curl --silent --show-error --max-time 9 --cacert '${cluster.path('www.pem')}' https://www.shop.acme:${web!.port}/`,
    )
  const reached = await curl()
  assert.equal(reached.code, 0, reached.stderr)
  assert.match(reached.stdout, /hello from the proven address/)
  resolver.child.kill('SIGTERM')
  await once(resolver.child, 'exit')
  between.tell = (answer) => answer.replaceAll(/"[A-Za-z0-9_-]{200}/g, (proof) => `${proof.slice(0, -1)}_`)
  await serve(`${address}:53`, [between.url])
  const refused = await curl()
  assert.equal(refused.code, 6, 'curl could not resolve the host')
  assert.equal(refused.stdout, '')
  between.tell = (answer) => answer
})

test('SIGINT and SIGTERM end it; a port that is taken, a name beside --serve and a bad address are one line', async () => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const { child } = await serve('127.0.0.1:0', [between.url])
    child.kill(signal)
    assert.deepEqual(await once(child, 'exit'), [0, null])
  }
  const { port } = await serve('127.0.0.1:0', [between.url])
  const wrong: [string[], number, RegExp][] = [
    [['--serve', `127.0.0.1:${port}`], 1, /another program listens there/],
    [['www.shop.acme', '--serve', '127.0.0.1:0'], 2, /not both/],
    [['--serve', 'localhost'], 2, /IP address and a port/],
    [[], 2, /or --serve/],
  ]
  for (const [args, code, text] of wrong) {
    const ran = await cluster.cresset('resolve', ...args)
    assert.deepEqual([ran.code, ran.stderr.trim().split('\n').length], [code, 1], ran.stderr)
    assert.match(ran.stderr, text)
  }
})
