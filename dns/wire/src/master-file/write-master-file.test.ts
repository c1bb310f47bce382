import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatName, parseAbsoluteName, RecordType, type Rrset, readMasterFile, writeMasterFile } from '../index.ts'

const origin = parseAbsoluteName('shop.acme')

/** Each record by itself, as bytes. */
const recordsOf = (rrsets: readonly Rrset[]): string[] =>
  rrsets
    .flatMap(({ owner, type, ttl, rdatas }) =>
      rdatas.map((rdata) => `${formatName(owner)} ${ttl} ${type} ${Buffer.from(rdata).toString('hex')}`),
    )
    .sort()

function readBack(text: string): string[] {
  const items = [...readMasterFile({ name: 'written', text }, { origin: parseAbsoluteName('elsewhere.test') })]
  return items
    .map((item) =>
      item.kind === 'problem'
        ? `${item.line}: ${item.message}`
        : `${formatName(item.owner)} ${item.ttl} ${item.type} ${Buffer.from(item.rdata).toString('hex')}`,
    )
    .sort()
}

const written = (rrsets: readonly Rrset[]): string => `${[...writeMasterFile(origin, rrsets)].join('\n')}\n`

test('owners stand in canonical order and relative to the origin, data by its bytes, the usual TTL once', () => {
  const address = (owner: string, ttl: number, ...last: number[]): Rrset => ({
    owner: parseAbsoluteName(owner),
    type: RecordType.A,
    ttl,
    rdatas: last.map((byte) => Uint8Array.of(192, 0, 2, byte)),
  })
  const alias = { owner: parseAbsoluteName('b.shop.acme'), type: RecordType.CNAME, ttl: 60, rdatas: [origin] }
  const text = written([address('z.shop.acme', 300, 9, 1), alias, address('shop.acme', 300, 2), address('acme', 60, 3)])
  assert.equal(
    text,
    `$ORIGIN shop.acme.
$TTL 300
acme. 60 A     192.0.2.3
@        A     192.0.2.2
b     60 CNAME shop.acme.
z        A     192.0.2.1
z        A     192.0.2.9
`,
  )
  assert.equal(written([]), '$ORIGIN shop.acme.\n')
})

const label = fc.uint8Array({ minLength: 1, maxLength: 12 })
const owner = fc.array(label, { maxLength: 4 }).map((labels) => {
  const bytes = labels.flatMap((one) => [one.length, ...one])
  // Readers compare owners in lower case, and so does whoever writes them.
  return Uint8Array.from([...bytes.map((byte) => (byte >= 0x41 && byte <= 0x5a ? byte + 32 : byte)), ...origin])
})
const rrset: fc.Arbitrary<Rrset> = fc.oneof(
  fc.record({
    owner,
    type: fc.constantFrom(RecordType.A, 65_300, 731),
    ttl: fc.constantFrom(0, 60, 300, 2 ** 31 - 1),
    rdatas: fc.array(fc.uint8Array({ minLength: 4, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    owner,
    type: fc.constant(RecordType.TXT),
    ttl: fc.nat(86_400),
    rdatas: fc.array(
      fc.uint8Array({ maxLength: 255 }).map((text) => Uint8Array.of(text.length, ...text)),
      { minLength: 1, maxLength: 3 },
    ),
  }),
)

test('what is written is read back as the same records, whatever bytes owners and data have', () => {
  fc.assert(
    fc.property(fc.array(rrset, { maxLength: 8 }), (rrsets) => {
      assert.deepEqual(readBack(written(rrsets)), recordsOf(rrsets))
    }),
  )
})

test('the order in which the sets are given changes nothing', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(rrset, { maxLength: 8, selector: ({ owner, type }) => `${owner}/${type}` }),
      (rrsets) => {
        const turned = [...rrsets].reverse().map((set) => ({ ...set, rdatas: [...set.rdatas].reverse() }))
        assert.equal(written(turned), written(rrsets))
      },
    ),
  )
})
