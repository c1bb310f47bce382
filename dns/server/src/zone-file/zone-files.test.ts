import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { formatName, formatRdata, formatRecordType, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { isSerialAfter } from '../serial.ts'
import { type ZoneKey, zoneKeyOf } from '../sign/zone-key.ts'
import { ask } from '../testing/ask.ts'
import { loadZoneFile, ZoneFileError } from './load-zone-file.ts'
import { ZoneFiles } from './zone-files.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-zone-file-'))
after(() => rm(folder, { recursive: true, force: true }))

const apex = parseAbsoluteName('example.org')
const head = `$TTL 300
@ SOA ns1 hostmaster 7 3600 600 604800 300
@ NS ns1
@ NS ns2.example.net.
ns1 A 192.0.2.1
`

const newKey = (): ZoneKey => zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)

async function write(name: string, text: string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, text)
  return path
}

/** What is said of a zone: `line severity: message`. */
async function remarksOf(text: string, name = 'remarks'): Promise<string[]> {
  const { remarks } = await loadZoneFile(await write(name, text), apex)
  return remarks.map(({ line, severity, message }) => `${line ?? '-'} ${severity}: ${message}`)
}

test('a zone is read whole: records, serial, signatures with what they cover', async () => {
  const path = await write(
    'signed',
    `${head}a A 192.0.2.2
a A 192.0.2.3
a TXT "x"
a RRSIG A 15 3 300 20300101000000 20200101000000 1 example.org. AAAA
a RRSIG TXT 15 3 300 20300101000000 20200101000000 1 example.org. AAAB
b.c AAAA 2001:db8::1
`,
  )
  const { zone, records, serial, errors, warnings } = await loadZoneFile(path, apex)
  assert.deepEqual([records, serial, errors, warnings], [10, 7, 0, 0])
  assert.ok(zone)
  const a = zone.find(parseAbsoluteName('a.example.org'), 0)
  assert.deepEqual(zone.types(a).map(formatRecordType), ['A', 'TXT', 'RRSIG'])
  assert.ok(zone.signatures(a, 1)?.includes(0))
  assert.notDeepEqual(zone.signatures(a, 1), zone.signatures(a, 16))
  assert.equal(zone.signatures(a, 28), undefined)
  const lines = [...zone.rrsets()].flatMap(({ owner, type, rdatas }) =>
    rdatas.map((rdata) => `${formatName(owner)} ${formatRecordType(type)} ${formatRdata(type, rdata)}`),
  )
  assert.equal(lines.length, 10)
  assert.ok(lines.includes('a.example.org. RRSIG TXT 15 3 300 20300101000000 20200101000000 1 example.org. AAAB'))
  assert.equal(zone.childCount(zone.find(parseAbsoluteName('c.example.org'), 0)), 1)
})

test('without a name of its own the zone is that of the first SOA, completed by the name of the file', async () => {
  for (const name of ['db.example.org', 'example.org.zone', 'example.org'])
    assert.equal(formatName((await loadZoneFile(await write(name, head))).apex), 'example.org.')
  assert.equal(formatName((await loadZoneFile(await write('x.zone', `$ORIGIN other.\n${head}`))).apex), 'other.')
  await assert.rejects(
    loadZoneFile(await write('none', 'a 5 A 192.0.2.1\n')),
    /has no SOA that can be read; name the zone with --zone/,
  )
})

test('errors: with one the zone is not there to be served', async () => {
  const { zone } = await loadZoneFile(await write('broken', `${head}a A x\n`), apex)
  assert.equal(zone, undefined)
  assert.deepEqual(await remarksOf('a 5 A 192.0.2.1\n'), [
    '- error: example.org. has no SOA',
    '- error: example.org. has no NS',
  ])
  assert.deepEqual(
    (
      await remarksOf(`${head}a CNAME b
a A 192.0.2.1
c A 192.0.2.1
c CNAME d
e CNAME f
e CNAME g
h DNAME i
h DNAME j
k SOA ns1 hostmaster 1 2 3 4 5
@ SOA ns1 hostmaster 8 3600 600 604800 300
@ CNAME a
m A 192.0.2.256
`)
    ).filter((line) => line.includes('error')),
    [
      '7 error: a.example.org. A: the name has a CNAME, and nothing else may stand beside it',
      '9 error: c.example.org. CNAME: a CNAME may not stand beside other records',
      '11 error: e.example.org. CNAME: a name has one of these at most',
      '13 error: h.example.org. DNAME: a name has one of these at most',
      '14 error: k.example.org. SOA: an SOA stands at example.org. only',
      '15 error: example.org. SOA: there is another SOA already',
      '16 error: example.org. CNAME: a CNAME may not stand beside other records',
      '17 error: not an IPv4 address',
    ],
  )
  assert.deepEqual(await remarksOf(`${head}old DNAME new.example.\nwww.old A 192.0.2.1\n`), [
    '- error: www.old.example.org. is below the DNAME at old.example.org., where nothing may be (RFC 6672 section 2.4)',
  ])
  const many = Array.from({ length: 300 }, (_, index) => `big TXT "${'x'.repeat(250)}${index}"`).join('\n')
  assert.match(
    (await remarksOf(`${head}${many}\n`))[0] ?? '',
    /^\d+ error: big\.example\.org\. TXT: all of these at the name/,
  )
})

test('NSEC3 records that cannot be used, or cost a hash too many, are errors', async () => {
  const hash = 'a'.repeat(32)
  assert.deepEqual(
    await remarksOf(`${head}@ NSEC3PARAM 1 0 151 -
${hash} NSEC3 1 0 65535 - ${hash} A
${hash.slice(1)} NSEC3 1 0 0 - ${hash} A
${hash}.sub NSEC3 1 0 0 - ${hash} A
z${hash.slice(1)} NSEC3 1 0 0 - ${hash} A
${hash} NSEC3 1 0 0 - ${hash} A
`),
    [
      '6 error: example.org. NSEC3PARAM: 151 iterations are too many; 150 are the most that is served',
      `7 error: ${hash}.example.org. NSEC3: 65535 iterations are too many; 150 are the most that is served`,
      ...[hash.slice(1), `${hash}.sub`, `z${hash.slice(1)}`].map(
        (name, index) =>
          `${8 + index} error: ${name}.example.org. NSEC3: an NSEC3 stands at a hash of 32 characters right below example.org.`,
      ),
    ],
  )
})

test('warnings: the zone is served, and its owner is told what was hardly meant', async () => {
  assert.deepEqual(await remarksOf(head), [])
  assert.deepEqual(
    (
      await remarksOf(`${head}a A 192.0.2.1
a A 192.0.2.1
a 60 A 192.0.2.2
other.net. A 192.0.2.1
spf SPF "v=spf1 -all"
alias CNAME a
mail MX 10 alias
sub NS ns.sub
sub NS alias
sub TXT "hidden"
sub DS 1 15 2 ${'ab'.repeat(32)}
glued NS ns.glued
ns.glued A 192.0.2.9
www.glued TXT "hidden"
old DNAME new.example.
*.wild NS a
cut DS 1 15 2 ${'ab'.repeat(32)}
@ NSEC3PARAM 1 0 5 aabb
`)
    ).sort(),
    [
      '- warning: *.wild.example.org. is a wildcard with NS or DNAME, whose meaning is not defined (RFC 4592 section 4)',
      '- warning: cut.example.org. DS: there is no delegation here',
      '- warning: example.org. NSEC3PARAM: more iterations than 0 make resolvers take the zone for unsigned (RFC 9276)',
      '- warning: mail.example.org. MX: alias.example.org. is a CNAME (RFC 2181 section 10.3)',
      '- warning: sub.example.org. NS: alias.example.org. is a CNAME (RFC 2181 section 10.3)',
      '- warning: sub.example.org. NS: ns.sub.example.org. has no address in the zone',
      '- warning: sub.example.org. TXT: hidden by the delegation',
      '- warning: www.glued.example.org. is hidden below the delegation at glued.example.org.',
      '10 warning: spf.example.org. SPF: is not asked for any more (RFC 7208); publish it as TXT',
      '7 warning: a.example.org. A: is there twice',
      '8 warning: a.example.org. A: the TTL differs from that of the same records before it; all have the lower one',
      '9 warning: other.net. A: is left out, because it is not in example.org.',
    ].sort(),
  )
  assert.deepEqual(await remarksOf('$TTL 5\n@ SOA ns1 h 7 600 600 1000 90000\n@ NS ns1\n'), [
    '- warning: example.org. has one name server; two are usual (RFC 2182)',
    '- warning: example.org. NS: ns1.example.org. has no address in the zone',
    '- warning: example.org. SOA: retry 600 is not less than refresh 600',
    '- warning: example.org. SOA: expire 1000 is not more than refresh and retry together',
    '- warning: example.org. SOA: what is absent is remembered for 90000 s (RFC 2308 section 5)',
  ])
})

test('RFC 2181 5.2: records of one set with several TTLs all get the lowest', async () => {
  const { zone } = await loadZoneFile(
    await write('ttls', `${head}a 60 A 192.0.2.1\na 30 A 192.0.2.2\na 90 A 192.0.2.3\n`),
    apex,
  )
  const rrset = [...(zone?.rrsets() ?? [])].find(({ owner }) => formatName(owner) === 'a.example.org.')
  assert.deepEqual([rrset?.ttl, rrset?.rdatas.length], [30, 3])
})

test('a file that cannot be read, and what it includes', async () => {
  await mkdir(join(folder, 'zones/deep'), { recursive: true })
  await writeFile(join(folder, 'outside'), 'secret A 192.0.2.66\n')
  await writeFile(join(folder, 'zones/deep/hosts'), 'www A 192.0.2.7\n')
  await symlink(join(folder, 'outside'), join(folder, 'zones/link'))
  const path = join(folder, 'zones/main')
  await writeFile(path, `${head}$INCLUDE deep/hosts sub\n`)
  const { zone, files } = await loadZoneFile(path, apex)
  assert.equal(files.length, 2)
  assert.notEqual(zone?.find(parseAbsoluteName('www.sub.example.org'), 0), -1)
  await writeFile(
    path,
    `${head}$INCLUDE ../outside\n$INCLUDE link\n$INCLUDE /etc/passwd\n$INCLUDE none\n$INCLUDE deep\n$INCLUDE main\n`,
  )
  const { remarks } = await loadZoneFile(path, apex)
  assert.deepEqual(
    remarks.slice(0, 5).map(({ line, message }) => `${line} ${message.replaceAll(folder, '')}`),
    [
      "6 ../outside is outside the folder of the zone's file",
      "7 link is outside the folder of the zone's file",
      "8 /etc/passwd is outside the folder of the zone's file",
      '9 cannot read none: there is no such file',
      '10 /zones/deep is not a file',
    ],
  )
  await writeFile(path, `${head}${'$INCLUDE main\n'.repeat(10)}`)
  const tenfold = await loadZoneFile(path, apex)
  assert.ok(tenfold.remarks.some(({ message }) => message === 'files include one another more than 8 deep'))
  assert.equal(tenfold.files.length, 1_000)
  await assert.rejects(loadZoneFile(join(folder, 'nowhere'), apex), /cannot read .*nowhere: there is no such file/)
  await assert.rejects(loadZoneFile(folder, apex), /is not a file/)
  await assert.rejects(loadZoneFile('/dev/zero', apex), /is not a file/)
})

test('files are read again when they changed; one that cannot be served leaves the zone from before', async () => {
  const path = await write('live', `${head}a A 192.0.2.1\n$INCLUDE live-more\n`)
  const more = await write('live-more', 'b A 192.0.2.2\n')
  const root = await write('root', '$TTL 5\n. SOA ns. h. 1 2 1 4 5\n. NS ns.\n. NS ns2.\nns. A 192.0.2.53\n')
  const zones = new ZoneFiles([
    { apex, path },
    { apex: parseAbsoluteName('.'), path: root },
  ])
  const outcomes = async () => (await zones.load()).map(({ outcome }) => outcome)
  const answersOf = (name: string) => ask(zones.source, `${name} A`).answer
  assert.deepEqual(await outcomes(), ['loaded', 'loaded'])
  const { generation } = zones.source
  assert.deepEqual(await outcomes(), ['unchanged', 'unchanged'])
  assert.equal(zones.source.generation, generation)
  assert.deepEqual(answersOf('b.example.org'), ['b.example.org. 300 A 192.0.2.2'])
  assert.equal(ask(zones.source, 'x.test A').rcode, 'NXDOMAIN')

  await writeFile(more, 'b A 192.0.2.222\n')
  const [changed] = await zones.load()
  assert.deepEqual([changed?.outcome, changed?.hasStaleSerial], ['loaded', true])
  assert.deepEqual(answersOf('b.example.org'), ['b.example.org. 300 A 192.0.2.222'])

  await writeFile(more, 'b A x\nc A y\n')
  const [kept] = await zones.load()
  assert.equal(kept?.outcome, 'kept')
  assert.match(kept?.reason ?? '', /live-more:1: not an IPv4 address; and 1 more$/)
  assert.deepEqual(answersOf('b.example.org'), ['b.example.org. 300 A 192.0.2.222'])
  await rename(path, `${path}.away`)
  assert.match((await zones.load())[0]?.reason ?? '', /cannot read .*live: there is no such file/)
  await writeFile(path, head.replace(' 7 ', ' 8 '))
  const [newer] = await zones.load()
  assert.deepEqual([newer?.outcome, newer?.hasStaleSerial], ['loaded', false])
  assert.equal(ask(zones.source, 'b.example.org A').rcode, 'NXDOMAIN')
})

test('zones signed here are signed again as they are served, whatever became of their files', async () => {
  const path = await write('signed-here', `${head}a A 192.0.2.1\n`)
  let problem: string | undefined
  let keys = [newKey()]
  let serials = 0
  const zones = new ZoneFiles([{ apex, path }], {
    keysOf: async () => {
      if (problem !== undefined) throw new ZoneFileError(problem)
      return { keys }
    },
    serialFor: async (_apex, fileSerial) => fileSerial + serials++,
  })
  const [loaded] = await zones.load()
  assert.deepEqual([loaded?.outcome, loaded?.result?.serial, loaded?.result?.signers?.length], ['loaded', 7, 1])
  const typesOf = (name: string): (string | undefined)[] => {
    const lines = [...(zones.zones.zone(apex)?.rrsets() ?? [])].map(
      ({ owner, type, rdatas }) => `${formatName(owner)} ${formatRecordType(type)} ${rdatas.length}`,
    )
    return lines.filter((line) => line.startsWith(`${name}.example.org. `) || line.startsWith(`${name} `)).sort()
  }
  const before = typesOf('a')
  assert.deepEqual(
    before,
    ['A 1', 'NSEC 1', 'RRSIG 1', 'RRSIG 1'].map((text) => `a.example.org. ${text}`),
  )
  assert.ok(typesOf('example.org.').includes('example.org. DNSKEY 1'))

  await writeFile(path, 'broken')
  const [first] = keys
  keys = [newKey()]
  const [again] = await zones.resign()
  assert.deepEqual([again?.outcome, again?.result?.serial], ['loaded', 8])
  assert.deepEqual(typesOf('a'), before)
  const keysServed = ask(zones.source, 'example.org DNSKEY').answer
  assert.equal(keysServed.length, 1)
  assert.notEqual(
    keysServed[0],
    `example.org. 300 DNSKEY ${formatRdata(RecordType.DNSKEY, first?.dnskey as Uint8Array)}`,
  )

  problem = 'the key is gone'
  const { generation } = zones.source
  const kept = { apex, path, outcome: 'kept' as const, reason: problem }
  assert.deepEqual(await zones.resign(), [kept])
  await writeFile(path, head)
  assert.deepEqual(await zones.load(), [kept])
  assert.equal(zones.source.generation, generation)
  assert.deepEqual(typesOf('a'), before)
})

test('the same zone twice is refused', () => {
  assert.throws(
    () =>
      new ZoneFiles([
        { apex, path: 'a' },
        { apex, path: 'b' },
      ]),
    /the zone example\.org\. is given twice/,
  )
})

test('RFC 1982 3.2: serials are compared around their circle', () => {
  assert.ok(isSerialAfter(1, 0) && isSerialAfter(0, 2 ** 32 - 1) && isSerialAfter(2 ** 31 - 1, 0))
  assert.ok(!isSerialAfter(0, 0) && !isSerialAfter(0, 1) && !isSerialAfter(2 ** 31, 0))
})

test('another list of zones: what is gone is not answered, what is new is read, another file is taken up', async () => {
  const of = (name: string) => parseAbsoluteName(`${name}.example`)
  const text = (serial: number) => head.replace(' 7 ', ` ${serial} `)
  const [a, b, other] = [
    await write('list-a', text(1)),
    await write('list-b', text(2)),
    await write('list-other', text(3)),
  ]
  const zones = new ZoneFiles([
    { apex: of('a'), path: a },
    { apex: of('b'), path: b },
  ])
  const outcomes = async () => (await zones.load()).map(({ apex: name, outcome }) => `${formatName(name)} ${outcome}`)
  assert.deepEqual(await outcomes(), ['a.example. loaded', 'b.example. loaded'])
  const serialOf = (name: string) => ask(zones.source, `${name}.example. SOA`).answer[0]?.split(' ')[5]
  assert.throws(
    () =>
      zones.setZones([
        { apex: of('c'), path: a },
        { apex: of('c'), path: b },
      ]),
    /c\.example\. is given twice/,
  )
  assert.equal(serialOf('a'), '1')
  zones.setZones([
    { apex: of('c'), path: a },
    { apex: of('b'), path: other },
  ])
  assert.equal(ask(zones.source, 'a.example. SOA').rcode, 'REFUSED')
  assert.equal(serialOf('b'), '2')
  assert.deepEqual(await outcomes(), ['a.example. gone', 'c.example. loaded', 'b.example. loaded'])
  assert.deepEqual([serialOf('b'), serialOf('c')], ['3', '1'])
  assert.equal(zones.zones.differences?.(of('b'), 2, '')?.length, 1)
  assert.deepEqual(
    zones.status().map(({ apex: name, path }) => [formatName(name), path]),
    [
      ['c.example.', a],
      ['b.example.', other],
    ],
  )
  assert.deepEqual(await outcomes(), ['c.example. unchanged', 'b.example. unchanged'])
  zones.setZones([])
  assert.deepEqual(await outcomes(), ['c.example. gone', 'b.example. gone'])
  assert.equal(zones.zones.zone(of('b')), undefined)
})
