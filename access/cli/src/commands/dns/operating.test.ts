import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after, before, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { queryServer } from '@cresset/dns-server'
import { buildQuery, formatRdata, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { skipWithout } from '../../../../../tools/system-tools.ts'
import { runCommand } from '../../testing/run-command.ts'

const zone = (serial: number, more = ''): string => `$TTL 3600
@ SOA ns1 hostmaster ${serial} 3600 600 604800 300
@ NS ns1
@ NS ns2.example.net.
ns1 A 192.0.2.1
www A 192.0.2.80
${more}`
const www = parseAbsoluteName('www.example.org')

interface Started {
  readonly listen: readonly string[]
  readonly proxyListen: readonly string[]
  readonly metrics: string
  readonly control: string
}

let folder = ''
let child: ChildProcess
let started: Started
const said: string[] = []

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-operating-'))
  await writeFile(join(folder, 'zone'), zone(7))
  const main = resolve(import.meta.dirname, '../../main.ts')
  const options = {
    zone: `example.org:${join(folder, 'zone')}`,
    keys: join(folder, 'keys'),
    listen: '127.0.0.1:0',
    'proxy-listen': '127.0.0.1:0',
    'proxy-from': '127.0.0.1',
    metrics: '127.0.0.1:0',
    control: join(folder, 'run', 'dns.sock'),
    'query-log': join(folder, 'queries'),
    'rate-limit': '2',
  }
  const given = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value])
  child = spawn(process.execPath, ['--conditions=cresset-source', main, 'dns', 'serve', '--json', '--sign', ...given], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  createInterface(child.stderr as NodeJS.ReadableStream).on('line', (line) => said.push(line))
  const [line] = (await once(createInterface(child.stdout as NodeJS.ReadableStream), 'line')) as [string]
  started = JSON.parse(line)
})
after(async () => {
  child.kill('SIGKILL')
  await rm(folder, { recursive: true })
})

const cresset = (...commandLine: string[]) =>
  runCommand(['dns', ...commandLine], {
    CRESSET_STATE: join(folder, 'state'),
    CRESSET_DNS_CONTROL: started.control,
  })

async function told(...commandLine: string[]): Promise<string> {
  const { code, stdout, stderr } = await cresset(...commandLine)
  assert.deepEqual([code, stderr], [0, ''], stdout)
  return stdout
}

const portOf = (endpoint: string): number => Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))
const first = (endpoints: readonly string[]): string => endpoints[0] as string
const logLines = async (name = 'queries'): Promise<Record<string, unknown>[]> =>
  (await readFile(join(folder, name), 'latin1'))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

async function until(what: () => Promise<boolean> | boolean): Promise<void> {
  for (let attempt = 0; !(await what()); attempt++) {
    assert.ok(attempt < 500, `in vain; ${said.join('\n')}`)
    await sleep(20)
  }
}

async function ask(transport: 'udp' | 'tcp' = 'tcp'): Promise<string[]> {
  const server = { address: '127.0.0.1', port: portOf(first(started.listen)) }
  const { answers } = await queryServer(server, { name: www, type: RecordType.A, transport })
  return answers.map(({ type, rdata }) => formatRdata(type, rdata))
}

async function metric(name: string): Promise<number> {
  const text = await (await fetch(`http://${started.metrics}/metrics`)).text()
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `))
  assert.ok(line, `${name} is none of the metrics`)
  return Number(line.slice(name.length + 1))
}

test('zones and keys are listed, with when signatures end and are made again', async () => {
  const { zones } = JSON.parse(await told('zone', 'list', '--json'))
  const [{ loadedAt, signaturesEndAt, signedAgainAt, ...rest }] = zones
  const file = join(folder, 'zone')
  const none = { problem: null, rrsets: null, anchorSignaturesEndAt: null, denial: 'nsec', secondaries: [] }
  assert.deepEqual(rest, { zone: 'example.org', file, records: 5, serial: 7, frozen: false, updated: false, ...none })
  assert.ok(Date.parse(loadedAt) <= Date.now())
  assert.ok(Date.parse(signedAgainAt) < Date.parse(signaturesEndAt))
  assert.match(
    await told('zone', 'list'),
    /^zone +serial +records +signatures end +state\nexample\.org +7 +5 +20\S+Z {2}served\n$/,
  )
  assert.match(await told('zone', 'status', 'example.org'), /^denials +by a chain of NSEC$/m)
  assert.match(await told('zone', 'status', 'example.org'), /^file +\/.*\/zone$/m)
  const { keys } = JSON.parse(await told('key', 'list', '--json'))
  assert.equal(keys.length, 1)
  assert.deepEqual([keys[0].zone, keys[0].algorithm, keys[0].flags, keys[0].signsHere], ['example.org', 15, 257, true])
  const status = await told('key', 'status', 'example.org')
  assert.match(status, new RegExp(`^key +tag ${keys[0].tag}, ED25519, flags 257 \\(SEP\\)$`, 'm'))
  assert.match(status, /^next +signatures are made again 20/m)
  assert.ok(status.includes(keys[0].ds))
})

test('a frozen zone is left as it is; thawed it is what its file says', async () => {
  assert.match(
    await told('zone', 'freeze', 'EXAMPLE.org.'),
    /^example\.org stays at serial 7; its signatures end from /,
  )
  await writeFile(join(folder, 'zone'), zone(8, 'new A 192.0.2.9\n'))
  assert.equal(await told('zone', 'reload'), 'example.org: frozen, and left as it is\n')
  assert.match(await told('zone', 'list'), /example\.org +7 +5 .* frozen\n$/)
  assert.equal(await metric('cresset_dns_zone_frozen{zone="example.org."}'), 1)
  assert.equal(await told('zone', 'thaw', 'example.org'), 'example.org: 6 records, serial 8\n')
  assert.equal(await metric('cresset_dns_zone_serial{zone="example.org."}'), 8)
  assert.equal(await told('zone', 'reload', 'example.org'), 'example.org: its file has not changed\n')
  await writeFile(join(folder, 'zone'), 'broken')
  const kept = await cresset('zone', 'reload')
  assert.deepEqual([kept.code, kept.stdout], [1, ''])
  assert.match(kept.stderr, /\ncresset: example\.org is served as it was: .*zone:1: [^\n]+\n$/)
  assert.match(await told('zone', 'status'), /^state +served as it was: .*zone:1: /m)
  assert.equal(await metric('cresset_dns_zone_problem{zone="example.org."}'), 1)
  assert.deepEqual(await ask(), ['192.0.2.80'])
})

test('what cannot be done is one line, and an exit code for each reason', async () => {
  const refuses = async (code: number, text: RegExp, ...commandLine: string[]) => {
    const { code: got, stdout, stderr } = await cresset(...commandLine)
    assert.deepEqual([got, stdout], [code, ''])
    assert.match(stderr, text)
    assert.match(stderr, /^cresset: [^\n]+\n$/)
  }
  await refuses(3, /the server has no zone other\.test/, 'zone', 'status', 'other.test')
  await refuses(2, /a name has an empty label/, 'zone', 'freeze', 'a..b')
  await refuses(1, /there is no secondary to tell/, 'zone', 'notify')
  await refuses(5, /no name server listens on .*nowhere/, 'stats', '--control', join(folder, 'nowhere'))
  const serve = ['serve', '--zone', `a:${join(folder, 'zone')}`]
  await refuses(2, /belong together/, ...serve, '--proxy-from', '192.0.2.1')
  await refuses(
    2,
    /--proxy-from x: give an address or a prefix/,
    ...serve,
    '--proxy-listen',
    '[::1]:0',
    '--proxy-from',
    'x',
  )
  await refuses(2, /--metrics 9153: give an address and a port/, ...serve, '--metrics', '9153')
  await refuses(2, /whole number from 0 to 10/, ...serve, '--rate-limit-slip', '11')
  await refuses(2, /whole number from 1 to/, ...serve, '--query-log-sample', '0')
  await refuses(2, /--cds is for zones that are signed here: give --sign as well/, ...serve, '--cds')
  await refuses(2, /--ds-ttl is for zones that are signed here/, ...serve, '--ds-ttl', '60')
  await refuses(2, /--signal shows what --cds publishes/, ...serve, '--sign', '--signal')
  await refuses(2, /an empty label/, ...serve, '--sign', '--cds-delete', 'a..b')
  await refuses(3, /the server has no zone other\.test/, 'key', 'roll', 'other.test')
  await refuses(1, /no key is replaced; begin with "cresset dns key roll"/, 'key', 'confirm', 'example.org')
})

test('a key is replaced: what is listed, what comes next and when, and what is too early', async () => {
  const [old] = JSON.parse(await told('key', 'list', '--json')).keys
  const rolled = await told('key', 'roll', 'example.org')
  const [, next] = /^example\.org: key (\d+) is published since 20\S+Z$/m.exec(rolled) ?? []
  assert.ok(next !== undefined && Number(next) !== old.tag, rolled)
  assert.match(rolled, new RegExp(`^example\\.org: key ${old.tag} is active$`, 'm'))
  const [, at] = new RegExp(`^next: key ${next} signs from (\\S+) on,`, 'm').exec(rolled) ?? []
  // The TTL of the DNSKEY records, and an hour for secondaries.
  assert.ok(Math.abs(Date.parse(at ?? '') - Date.now() - 7_200_000) < 60_000, at)
  const listed = await told('key', 'list')
  assert.match(listed, new RegExp(`^example\\.org +${next} +published +ED25519 `, 'm'))
  assert.match(listed, new RegExp(`^example\\.org: key ${next} signs from ${at} on,`, 'm'))
  assert.match(await told('key', 'status', 'example.org'), new RegExp(`^roll +key ${next} signs from ${at} on,`, 'm'))
  for (const [command, text] of [
    ['roll', /key \d+ is on its way in already/],
    ['confirm', /key \d+ does not sign yet/],
  ] as const) {
    const { code, stderr } = await cresset('key', command, 'example.org')
    assert.equal(code, 1)
    assert.match(stderr, text)
  }
})

test('queries beyond the limit are dropped or truncated, over TCP none; all are counted and logged', async () => {
  const socket = createSocket('udp4')
  let truncated = 0
  let whole = 0
  socket.on('message', (bytes) => ((bytes[2] as number) & 2 ? truncated++ : whole++))
  const port = portOf(first(started.listen))
  const COUNT = 60
  const before = await metric('cresset_dns_queries_total{transport="udp",type="A"}')
  for (let id = 0; id < COUNT; id++)
    socket.send(buildQuery({ id, name: www, type: RecordType.A, udpPayloadBytes: 0 }), port, '127.0.0.1')
  await until(async () => (await metric('cresset_dns_queries_total{transport="udp",type="A"}')) - before === COUNT)
  const limited = {
    truncated: await metric('cresset_dns_rate_limited_total{action="truncated"}'),
    dropped: await metric('cresset_dns_rate_limited_total{action="dropped"}'),
  }
  await until(() => whole + truncated === COUNT - limited.dropped)
  socket.close()
  // As many as two a second, however long it took.
  assert.ok(whole >= 2 && whole < COUNT / 2, `${whole}`)
  assert.equal(limited.truncated, truncated)
  assert.ok(Math.abs(limited.dropped - limited.truncated) <= 1)
  for (let count = 0; count < 20; count++) assert.deepEqual(await ask('tcp'), ['192.0.2.80'])
  const lineOf = (lines: string): string | undefined => lines.split('\n').find((line) => line.startsWith('over'))
  assert.equal(lineOf(await told('stats')), `over the limit  ${truncated} truncated, ${limited.dropped} dropped`)
  const { queries, queryLog } = JSON.parse(await told('stats', '--json'))
  assert.ok(queries.udp.A >= COUNT && queries.tcp.A >= 20)
  await until(async () => (await logLines()).length >= COUNT + 20)
  assert.equal(queryLog.dropped, 0)
  const silent = (await logLines()).filter(({ rcode }) => rcode === null)
  assert.equal(silent.length, limited.dropped)
})

test('a proxy that is listed asks for others, and nobody asks there without a header', async () => {
  const socket: Socket = createSocket('udp4')
  const port = portOf(first(started.proxyListen))
  const query = buildQuery({ id: 9, name: parseAbsoluteName('ns1.example.org'), type: RecordType.A })
  const header = Buffer.from('0d0a0d0a000d0a515549540a 2112000c c6336407 c0000235 1234 0035'.replaceAll(' ', ''), 'hex')
  socket.send(query, port, '127.0.0.1')
  socket.send(Buffer.concat([header, query]), port, '127.0.0.1')
  const [bytes] = (await once(socket, 'message')) as [Uint8Array]
  assert.equal(bytes[1], 9)
  await until(async () => (await logLines()).some(({ client }) => client === '198.51.100.7'))
  assert.ok((await metric('cresset_dns_dropped_total{transport="udp"}')) >= 1)
  socket.close()
})

test('kdig as such a proxy, by UDP and TCP', { skip: skipWithout('kdig') }, async () => {
  const port = String(portOf(first(started.proxyListen)))
  const proxied = async (client: string, ...options: string[]): Promise<string> => {
    const words = ['@127.0.0.1', '-p', port, `+proxy=${client}`, '+short', ...options, 'www.example.org']
    return (await promisify(execFile)('kdig', words)).stdout
  }
  assert.equal(await proxied('203.0.113.9#1234-192.0.2.53#53'), '192.0.2.80\n')
  assert.equal(await proxied('2001:db8::9#1234-2001:db8::53#53', '+tcp'), '192.0.2.80\n')
  await until(async () => {
    const clients = (await logLines()).map(({ client, transport }) => `${client} ${transport}`)
    return clients.includes('203.0.113.9 udp') && clients.includes('2001:db8::9 tcp')
  })
})

test('after its file was moved away, SIGHUP begins the query log anew', async () => {
  await rename(join(folder, 'queries'), join(folder, 'queries.1'))
  const lines = (await logLines('queries.1')).length
  await ask()
  await until(async () => (await logLines('queries.1')).length > lines)
  child.kill('SIGHUP')
  await until(async () => (await readFile(join(folder, 'queries')).catch(() => undefined)) !== undefined)
  await ask()
  await until(async () => (await logLines()).length === 1)
})

test('health is told while it serves; at the end nothing is left', async () => {
  assert.deepEqual(await (await fetch(`http://${started.metrics}/health`)).json(), { healthy: true, problems: [] })
  await ask()
  child.kill('SIGTERM')
  assert.deepEqual(await once(child, 'exit'), [0, null])
  assert.equal((await logLines()).length, 2)
  assert.equal((await cresset('stats')).code, 5)
})
