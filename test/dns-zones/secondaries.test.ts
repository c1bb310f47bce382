import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { queryServer } from '@cresset/dns-server'
import {
  formatName,
  formatRcode,
  formatRdata,
  formatRecordType,
  type Message,
  parseAbsoluteName,
  RecordType,
  type ResourceRecord,
} from '@cresset/dns-wire'
import { newTransferCounters, readTsigKeyFile, serveZoneFiles, type ZoneServer } from '@cresset/node'
import { skipWithout } from '../../tools/system-tools.ts'
import {
  freePort,
  type Secondary,
  type SecondarySettings,
  startKnotSecondary,
  startNsdSecondary,
} from './secondary-servers.ts'

const apex = parseAbsoluteName('example.org')
const secret = Buffer.alloc(32, 5).toString('base64')
const WAIT_MS = 60_000
const HOSTS = 200
let folder = ''

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cresset-secondaries-'))
  const text = `key "transfer" {\n\talgorithm hmac-sha256;\n\tsecret "${secret}";\n};\n`
  await writeFile(join(folder, 'key'), text, { mode: 0o600 })
})
after(() => rm(folder, { recursive: true, force: true }))

/** A zone with wildcards, cuts and many hosts, and what the change to this version brings. */
function zoneText(serial: number, changes: string): string {
  const hosts = Array.from({ length: HOSTS }, (_, index) => `host${index} A 192.0.2.${index}\n`).join('')
  return `$TTL 3600
@ SOA ns1 hostmaster ${serial} 3600 600 604800 300
@ NS ns1
ns1 A 192.0.2.1
www HTTPS 1 WWW alpn=h2
*.wild TXT "x"
old DNAME www
secure NS ns.secure
secure DS 1 15 2 ${'ab'.repeat(32)}
ns.secure A 192.0.2.9
plain NS ns.plain
${hosts}${changes}`
}

/** What each version has beside the rest, and names that it is asked for. */
const versions = [
  'www A 192.0.2.80\n',
  'www A 192.0.2.81\nnew TXT "a new name"\n',
  'www A 192.0.2.81\nwww A 192.0.2.82\nwww AAAA 2001:db8::1\ndeep.below.new TXT "and below it"\n',
  `new 60 CNAME www\nplain DS 1 15 2 ${'cd'.repeat(32)}\n`,
  'host7 TXT "beside the address"\nwww A 192.0.2.1\n*.new MX 10 www\n',
]
const questions = [
  'example.org',
  'www',
  'new',
  'x.new',
  'below.new',
  'deep.below.new',
  'x.wild',
  'host7',
  'x.old',
  'secure',
  'plain',
  'none',
]
  .map((name) => (name.includes('example') ? name : `${name}.example.org`))
  .flatMap((name) =>
    [
      RecordType.SOA,
      RecordType.A,
      RecordType.TXT,
      RecordType.DS,
      RecordType.HTTPS,
      RecordType.DNSKEY,
      RecordType.ZONEMD,
    ].map((type) => ({ name: parseAbsoluteName(name), type })),
  )

const lines = (records: readonly ResourceRecord[]): string[] =>
  records
    .map(
      ({ name, ttl, type, rdata }) =>
        `${formatName(name)} ${ttl} ${formatRecordType(type)} ${formatRdata(type, rdata)}`,
    )
    .map((line) => line.toLowerCase())
    .sort()

const told = ({ rcode, flags, answers, authorities }: Message) => ({
  rcode: formatRcode(rcode),
  isAuthoritative: flags.authoritative,
  answers: lines(answers),
  authorities: lines(authorities),
})

async function ask(port: number, name: Uint8Array, type: number): Promise<Message> {
  return await queryServer({ address: '127.0.0.1', port }, { name, type, dnssecOk: true, timeoutMs: 10_000 })
}

async function serialOf(port: number, name = apex): Promise<number | undefined> {
  try {
    const { answers } = await ask(port, name, RecordType.SOA)
    const soa = answers.find(({ type }) => type === RecordType.SOA)
    return soa && Number(formatRdata(RecordType.SOA, soa.rdata).split(' ')[2])
  } catch {
    return undefined
  }
}

async function until(what: string, isThere: () => Promise<boolean>, log: () => string): Promise<void> {
  const deadlineMs = Date.now() + WAIT_MS
  while (!(await isThere())) {
    if (Date.now() > deadlineMs) assert.fail(`${what} did not come\n${log().slice(-6_000)}`)
    await pause(100)
  }
}

for (const [program, start, isIncremental] of [
  ['knotd', startKnotSecondary, /\[example\.org\.\] IXFR, incoming.*finished/g],
  ['nsd', startNsdSecondary, /zone example\.org\.? received update to serial \d+ .* TSIG verified with key transfer/g],
] as const)
  test(`${program} takes a signed zone with TSIG, hears of each change, follows by differences, and answers alike`, {
    skip: skipWithout(program),
    timeout: 240_000,
  }, async (context) => {
    const port = await freePort()
    const own = join(folder, program)
    const path = join(folder, `${program}.zone`)
    await writeFile(path, zoneText(1, versions[0] as string))
    const transferCounters = newTransferCounters()
    const failures: string[] = []
    const key = await readTsigKeyFile(join(folder, 'key'))
    const server: ZoneServer = await serveZoneFiles({
      zones: [{ apex, path }],
      listen: [{ host: '127.0.0.1', port: 0 }],
      keyFolder: join(folder, `${program}-keys`),
      transfers: { keys: [key], prefixes: [] },
      transferCounters,
      notify: [{ address: '127.0.0.1', port, key }],
      onNotifyFailure: ({ reason }) => failures.push(reason),
    })
    context.after(() => server.stop())
    const primaryPort = Number(server.endpoints[0]?.split(':')[1])
    const settings: SecondarySettings = { folder: own, port, primaryPort, secret, zones: ['example.org.'] }
    const secondary: Secondary = await start(settings)
    context.after(() => secondary.stop())
    for (const [index, text] of versions.entries()) {
      const serial = index + 1
      if (index > 0) {
        await writeFile(path, zoneText(serial, text))
        await server.reload()
      }
      // Its refresh time is an hour: it can know only by being told.
      await until(`serial ${serial}`, async () => (await serialOf(port)) === serial, secondary.log)
      assert.equal(transferCounters.changes, index, secondary.log())
      assert.equal(transferCounters.whole, 1)
      for (const { name, type } of questions) {
        const [ours, theirs] = [await ask(primaryPort, name, type), await ask(port, name, type)]
        assert.deepEqual(told(theirs), told(ours), `${formatName(name)} ${formatRecordType(type)}, serial ${serial}`)
      }
    }
    assert.ok((secondary.log().match(isIncremental)?.length ?? 0) >= versions.length - 1, secondary.log())
    assert.deepEqual(failures, [])
  })

test('Knot sets itself up by the catalog: it takes zones that are listed, new ones too, and drops those that are gone', {
  skip: skipWithout('knotd'),
  timeout: 240_000,
}, async (context) => {
  const [port, primaryPort] = [await freePort(), await freePort()]
  const key = await readTsigKeyFile(join(folder, 'key'))
  const list = join(folder, 'list')
  const zoneRecords = '@ 3600 SOA ns host 7 3600 600 604800 300\n@ 3600 NS ns\n@ 3600 NS ns2\nns 60 A 192.0.2.1\n'
  for (const name of ['one', 'two', 'three', 'four']) await writeFile(join(folder, name), zoneRecords)
  const write = (...names: string[]): Promise<void> =>
    writeFile(list, names.map((name) => `${name}.example:${name}\n`).join(''))
  const transferCounters = newTransferCounters()
  const serve = async (): Promise<ZoneServer> =>
    await serveZoneFiles({
      zones: [],
      zoneList: list,
      listen: [{ host: '127.0.0.1', port: primaryPort }],
      transfers: { keys: [key], prefixes: [] },
      transferCounters,
      catalog: { apex: parseAbsoluteName('catalog.example'), folder: join(folder, 'catalog-serial') },
      notify: [{ address: '127.0.0.1', port, key }],
    })
  await write('one', 'two')
  let server = await serve()
  context.after(() => server.stop())
  const catalog = 'catalog.example.'
  const settings = { folder: join(folder, 'catalog'), port, primaryPort, secret, zones: [], catalog }
  const knot = await startKnotSecondary(settings)
  context.after(() => knot.stop())
  const has = async (name: string): Promise<boolean> =>
    (await serialOf(port, parseAbsoluteName(`${name}.example`))) === 7
  await until('the zones', async () => (await has('one')) && (await has('two')), knot.log)
  assert.equal(await has('three'), false)
  // While it runs.
  await write('two', 'three')
  assert.deepEqual(
    (await server.reload()).map(({ apex: name, outcome }) => `${formatName(name)} ${outcome}`),
    ['one.example. gone', 'two.example. unchanged', 'three.example. loaded'],
  )
  await until('the new zone', async () => await has('three'), knot.log)
  await until('the end of the old one', async () => !(await has('one')), knot.log)
  assert.ok(await has('two'))
  // A list that is none changes nothing.
  await writeFile(list, 'nonsense')
  await assert.rejects(server.reload(), /list:1: give NAME:FILE/)
  assert.equal(await serialOf(primaryPort, parseAbsoluteName('three.example')), 7)
  // While it does not.
  await server.stop()
  await write('three', 'four')
  server = await serve()
  await until('the new zone', async () => await has('four'), knot.log)
  await until('the end of the old one', async () => !(await has('two')), knot.log)
  assert.ok(await has('three'))
})

test('a secondary that was away for several changes gets them in one answer; another primary stands in for the first', {
  skip: skipWithout('knotd'),
  timeout: 240_000,
}, async (context) => {
  const [port, primaryPort, otherPort] = [await freePort(), await freePort(), await freePort()]
  const key = await readTsigKeyFile(join(folder, 'key'))
  const path = join(folder, 'away')
  const [counters, otherCounters] = [newTransferCounters(), newTransferCounters()]
  // Unsigned: two that sign would make different zones of one file.
  const serve = async (at: number, transferCounters: typeof counters): Promise<ZoneServer> =>
    await serveZoneFiles({
      zones: [{ apex, path }],
      listen: [{ host: '127.0.0.1', port: at }],
      transfers: { keys: [key], prefixes: [] },
      transferCounters,
      notify: [{ address: '127.0.0.1', port, key }],
    })
  await writeFile(path, zoneText(1, versions[0] as string))
  const first = await serve(primaryPort, counters)
  context.after(() => first.stop())
  const settings = { folder: join(folder, 'away-knot'), port, primaryPort, secret, zones: ['example.org.'] }
  const start = (): Promise<Secondary> =>
    startKnotSecondary({ ...settings, otherPrimaryPort: otherPort, isSigned: false })
  let knot = await start()
  await until('the zone', async () => (await serialOf(port)) === 1, knot.log)
  await knot.stop()
  for (const serial of [2, 3, 4]) {
    await writeFile(path, zoneText(serial, versions[serial - 1] as string))
    await first.reload()
  }
  knot = await start()
  context.after(() => knot.stop())
  await until('three changes', async () => (await serialOf(port)) === 4, knot.log)
  assert.deepEqual([counters.whole, counters.changes], [1, 1], knot.log())
  // The first goes away; the other one has the next version, and none of the differences.
  await first.stop()
  await writeFile(path, zoneText(5, versions[4] as string))
  const other = await serve(otherPort, otherCounters)
  context.after(() => other.stop())
  await until('the version of the other', async () => (await serialOf(port)) === 5, knot.log)
  assert.deepEqual([otherCounters.whole, otherCounters.changes], [1, 0], knot.log())
  for (const { name, type } of questions) {
    // Knot leaves the DS of an unsigned zone's delegation out.
    if (formatName(name).startsWith('secure.')) continue
    assert.deepEqual(told(await ask(port, name, type)), told(await ask(otherPort, name, type)))
  }
  await writeFile(path, zoneText(6, versions[0] as string))
  await other.reload()
  await until('a change at the other', async () => (await serialOf(port)) === 6, knot.log)
  assert.deepEqual([otherCounters.whole, otherCounters.changes], [1, 1], knot.log())
})
