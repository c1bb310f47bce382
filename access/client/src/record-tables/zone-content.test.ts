import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Delegation, NameZone } from '@cresset/core-ledger'
import { formatRdata, formatRecordType, parseAbsoluteName, RecordType, readMasterFile } from '@cresset/dns-wire'
import fc from 'fast-check'
import { generatedZone } from '../testing/zone-text.ts'
import { dividePages, fewestPages, pageChanges } from './record-pages.ts'
import { readZoneContent, type ZoneContent } from './zone-content.ts'
import type { ZoneStanding } from './zone-standing.ts'

/** A name that has nothing yet, as far as reading a file looks at it. */
const nothing = {
  name: { name: 'shop.acme', ledgerTimeMs: 0 },
  hosts: [],
  delegations: [],
  domainCertificate: undefined,
  table: undefined,
  parameters: { minTtlSeconds: 30, maxTtlSeconds: 86_400, defaultTtlSeconds: 300 },
  served: new Map(),
} as unknown as NameZone & Pick<ZoneStanding, 'served'>

function read(text: string, leaveOut: readonly number[] = [], standing = nothing): ZoneContent {
  const items = readMasterFile({ name: 'f', text: `$TTL 300\n${text}` }, { origin: parseAbsoluteName('shop.acme') })
  return readZoneContent(items, standing, new Set(leaveOut))
}

/** `LINE: message`, the first line of the text being 1. */
const problemsOf = (text: string, leaveOut: readonly number[] = [], standing = nothing): string[] =>
  read(text, leaveOut, standing).problems.map(({ line, message }) => `${line - 1}: ${message}`)

const shown = ({ owners }: ZoneContent): string[] =>
  owners.flatMap(({ owner, recordSets }) =>
    recordSets.flatMap(({ type, ttlSeconds, data }) =>
      data.map((rdata) => `${owner} ${ttlSeconds} ${formatRecordType(type)} ${formatRdata(type, rdata)}`),
    ),
  )

test('what belongs to the zone above or to who signs is left out and counted', () => {
  const content = read(`@ SOA a b 1 2 3 4 5
@ NS ns.example.
@ NS ns2.example.
@ DS 1 13 2 ${'00'.repeat(32)}
@ DNSKEY 256 3 13 AAAA
@ NSEC www A NSEC
www RRSIG A 13 3 300 20300101000000 20260101000000 1 shop.acme. AAAA
www A 192.0.2.1
`)
  assert.deepEqual(content.problems, [])
  assert.deepEqual(shown(content), ['www 300 A 192.0.2.1'])
  assert.deepEqual(
    content.leftOut.map(({ reason, type, records }) => `${reason} ${formatRecordType(type)} ${records}`),
    ['apex NS 2', 'apex SOA 1', 'apex DS 1', 'signing RRSIG 1', 'signing NSEC 1', 'signing DNSKEY 1'],
  )
})

test('names in data are in lower case, records of a set sorted and each there once, with the lowest TTL', () => {
  const content = read('B MX 20 Mail.Example.\nB 60 MX 10 a\nb MX 10 A.Shop.Acme.\na HTTPS 1 Svc.Shop.ACME. alpn=h2\n')
  assert.deepEqual(shown(content), [
    'a 300 HTTPS 1 svc.shop.acme. alpn="h2"',
    'b 60 MX 10 a.shop.acme.',
    'b 60 MX 20 mail.example.',
  ])
  assert.deepEqual(
    content.remarks.map(({ line, message }) => `${line - 1}: ${message}`),
    [
      '2: b.shop.acme. MX: TTLs differ; all have the lowest one',
      '3: b.shop.acme. MX: TTLs differ; all have the lowest one',
      '3: b.shop.acme. MX: is there twice',
    ],
  )
})

const digest = '00'.repeat(32)
const refused: readonly (readonly [text: string, problem: string])[] = [
  ['a A 192.0.2.999', '1: not an IPv4 address'],
  [
    'www.example.org. A 192.0.2.1',
    '1: www.example.org. is not in shop.acme.: make it relative, or change the $ORIGIN before it to shop.acme.',
  ],
  [
    `_443._tcp.www TLSA 3 1 1 ${digest}`,
    '1: _443._tcp.www.shop.acme. TLSA: a key is published with its host by "cresset name publish", not as a record: take the line out, or give --leave-out TLSA,CERT',
  ],
  [
    'www CERT 1 0 0 AAAA',
    '1: www.shop.acme. CERT: a key is published with its host by "cresset name publish", not as a record: take the line out, or give --leave-out TLSA,CERT',
  ],
  [
    '_443._tcp.www A 192.0.2.1',
    '1: _443._tcp.www.shop.acme. is no owner of records: labels have letters, digits and hyphens, "_" in front but not of a number, and "*" only as the first one',
  ],
  [
    'a_b A 192.0.2.1',
    '1: a_b.shop.acme. is no owner of records: labels have letters, digits and hyphens, "_" in front but not of a number, and "*" only as the first one',
  ],
  [
    'old DNAME new',
    '1: old.shop.acme. DNAME: the ledger publishes no records of this type: take the line out, or give --leave-out DNAME',
  ],
  [
    'old TYPE731 \\# 1 00',
    '1: old.shop.acme. TYPE731: the ledger publishes no records of this type: take the line out, or give --leave-out TYPE731',
  ],
  ['a SOA b c 1 2 3 4 5', '1: a.shop.acme. SOA: zones below a name are delegated with NS records: take the line out'],
  [`a DS 1 13 2 ${digest}`, '1: a.shop.acme. DS: there is no NS beside it: delegate the owner, or take the line out'],
  ['a 29 A 192.0.2.1', "1: a.shop.acme. A: TTL 29 is below the ledger's least, 30: raise it"],
  ['a A 192.0.2.1\na 2d A 192.0.2.2', "2: a.shop.acme. A: TTL 172800 is above the ledger's greatest, 86400: lower it"],
  ['a A 192.0.2.1\na CNAME b', '2: a.shop.acme. CNAME: may not stand beside other records'],
  ['a CNAME b\na CNAME c', '2: a.shop.acme. CNAME: an owner has one at most'],
  [
    Array.from({ length: 17 }, (_, number) => `a TYPE${65_280 + number} \\# 1 00`).join('\n'),
    '1: a.shop.acme. has records of 17 types; 16 are the most',
  ],
  [
    Array.from({ length: 257 }, (_, number) => `a A 10.0.${number >> 8}.${number & 255}`).join('\n'),
    '257: a.shop.acme. A: over 256 records: divide them among several owners',
  ],
  [
    Array.from({ length: 17 }, (_, number) => `a TXT ${number}${'x'.repeat(250)}`).join('\n'),
    '17: a.shop.acme. TXT: over 4096 bytes up to here: divide the records among several owners',
  ],
  ['*.t NS ns.example.', '1: *.t.shop.acme. NS: neither a wildcard nor a name with an underscore can be delegated'],
  [
    't NS ns.t',
    '1: t.shop.acme. NS: ns.t.shop.acme. is below the delegation, so the file needs an A or AAAA record for it',
  ],
  ['t NS a_b.example.', '1: t.shop.acme. NS: a_b.example. is no name of a server'],
  [
    Array.from({ length: 9 }, (_, number) => `t NS ns${number}.example.`).join('\n'),
    '1: t.shop.acme. NS: 9 name servers are too many; 8 are the most',
  ],
  [
    Array.from({ length: 17 }, (_, number) => `t${number} NS ns.example.`).join('\n'),
    '17: t16.shop.acme. NS: a name has 16 delegations at most, those of the ledger that the file lacks included',
  ],
  [
    Array.from({ length: 300 }, (_, number) => `t${number} NS ns.example.`).join('\n'),
    '257: 300 delegations are too many; a name has 16 at most',
  ],
]

test('what the ledger would refuse has a line and a remedy before anything is sent', () => {
  for (const [text, problem] of refused) assert.deepEqual(problemsOf(text), [problem], text.slice(0, 80))
})

test('problems stand in the order of the file, and all are counted', () => {
  const text = Array.from({ length: 150 }, (_, number) => (number % 2 === 0 ? `h${number} 5 A 192.0.2.1` : 'b')).join(
    '\n',
  )
  const { problems, problemCount } = read(text)
  assert.equal(problemCount, 150)
  assert.equal(problems.length, 100)
  assert.deepEqual(
    problems.map(({ line }) => line),
    problems.map(({ line }) => line).sort((a, b) => a - b),
  )
})

test('types can be left out, wherever they stand', () => {
  const text = `www CERT 1 0 0 AAAA\n_443._tcp.www TLSA 3 1 1 ${digest}\nwww A 192.0.2.1\n`
  const content = read(text, [RecordType.TLSA, RecordType.CERT])
  assert.deepEqual([content.problems, shown(content)], [[], ['www 300 A 192.0.2.1']])
  assert.deepEqual(
    content.leftOut.map(({ reason }) => reason),
    ['asked', 'asked'],
  )
})

test('a cut takes its NS, DS and addresses; what else is at or below it is hidden, and told', () => {
  const content = read(`t 600 NS ns.t
t 600 NS ns.elsewhere.example.
t DS 1 13 2 ${digest}
ns.t A 192.0.2.1
ns.t AAAA 2001:db8::1
ns.t TXT hidden
www.t A 192.0.2.2
u.t NS ns.example.
tt A 192.0.2.3
`)
  assert.deepEqual(content.problems, [])
  assert.deepEqual(shown(content), ['tt 300 A 192.0.2.3'])
  const [delegation] = content.delegations
  assert.deepEqual(
    { ...delegation, servers: delegation?.servers.map(({ name, addresses }) => `${name} ${addresses.length}`) },
    {
      host: 't',
      ttlSeconds: 600,
      servers: ['ns.elsewhere.example 0', 'ns.t.shop.acme 2'],
      signers: [Uint8Array.from([0, 1, 13, 2, ...new Uint8Array(32)])],
      file: 'f',
      line: 2,
    },
  )
  assert.deepEqual(
    content.remarks.map(({ line, message }) => `${line - 1}: ${message}`),
    [
      '6: ns.t.shop.acme. TXT: is hidden below the delegation at t.shop.acme.',
      '7: www.t.shop.acme. A: is hidden below the delegation at t.shop.acme.',
      '8: u.t.shop.acme. NS: is hidden below the delegation at t.shop.acme.',
    ],
  )
})

test('records below what the ledger delegates, and the file does not, are refused; so is a cut above or below it', () => {
  const delegation = { host: 't', name: 'shop.acme', servers: [], signers: [] } as unknown as Delegation
  const standing = { ...nothing, delegations: [delegation] }
  assert.deepEqual(problemsOf('www.t A 192.0.2.1', [], standing), [
    '1: www.t.shop.acme. A: t.shop.acme is delegated, and the file does not say so: take it back with "cresset name delegate t.shop.acme --remove", or take the line out',
  ])
  assert.deepEqual(problemsOf('t NS ns.example.', [], standing), [])
  assert.deepEqual(problemsOf('u.t NS ns.example.', [], standing), [
    '1: u.t.shop.acme. NS: t.shop.acme is delegated; take it back first with "cresset name delegate t.shop.acme --remove"',
  ])
})

test('more than a table holds ends the reading with its line', () => {
  const row = (number: number): string => `t${number} TXT ${`"${'x'.repeat(255)}" `.repeat(15)}`
  const text = Array.from({ length: 1_200 }, (_, number) => row(number)).join('\n')
  const [problem, ...others] = problemsOf(text)
  assert.deepEqual(others, [])
  assert.match(problem ?? '', /^1092: up to here there is more than a record table holds: divide the zone/)
})

test('the fewest pages are taken that hold all owners, and one changed owner changes one page', () => {
  const { owners } = read(generatedZone(1_200).replace(/^\$TTL.*\n/, ''))
  const fewest = fewestPages(owners)
  assert.ok(fewest !== undefined && fewest.bits > 0)
  assert.equal(dividePages(owners, fewest.bits - 1), undefined)
  assert.equal([...fewest.pages.values()].flat().length, owners.length)
  const present = new Map([...fewest.pages].map(([index, page]) => [index, { owners: page }]))
  assert.deepEqual(pageChanges(fewest.pages, present), [])
  fc.assert(
    fc.property(fc.nat(owners.length - 1), (place) => {
      const changed = owners.map((owner, index) =>
        index === place
          ? { ...owner, recordSets: [{ type: RecordType.A, ttlSeconds: 77, data: [new Uint8Array(4)] }] }
          : owner,
      )
      const pages = dividePages(changed, fewest.bits)
      assert.ok(pages)
      assert.equal(pageChanges(pages, present).length, 1)
    }),
    { numRuns: 5 },
  )
})
