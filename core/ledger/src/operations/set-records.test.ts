import assert from 'node:assert/strict'
import { utf8 } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { RecordType } from '@cresset/dns-wire'
import fc from 'fast-check'
import type { OwnerRecords, RecordSet } from '../actions.ts'
import type { Code } from '../codes.ts'
import { recordPageBytes } from '../entries/record-table.ts'
import { recordPageOf } from '../record-tables/page-of-owner.ts'
import { readRecordPage, readRecordTable } from '../record-tables/queries.ts'
import {
  addressRecords,
  keyPairFor,
  makeTransfer,
  ownerOf,
  ownersNamed,
  pagesOf,
  type RecordsBody,
  register,
  Scenario,
  servedOwners,
  setRecords,
  settingRecords,
  textRecords,
} from '../testing/index.ts'
import { test } from '../testing/ledger-test.ts'

const name = 'shop.acme'

function owned(): Scenario {
  const ledger = new Scenario()
  register(ledger, 'alice', name)
  return ledger
}

const tableOf = (ledger: Scenario) => readRecordTable(ledger.state, name)
const pagesLeft = (ledger: Scenario): number => ledger.scan().all('recordPage').length
const set = (ledger: Scenario, content: Partial<RecordsBody>): Code => setRecords(ledger, name, content)
const events = ({ last }: Scenario) => last?.receipts[0]?.events

/** Owners that fill all of the pages, so many a page. */
function fillPages(bits: number, perPage: number): OwnerRecords[] {
  const counts = new Map<number, number>()
  const owners: string[] = []
  for (let number = 0; owners.length < perPage * 2 ** bits; number++) {
    const index = recordPageOf(`h${number}`, bits)
    const count = counts.get(index) ?? 0
    if (count === perPage) continue
    counts.set(index, count + 1)
    owners.push(`h${number}`)
  }
  return ownersNamed(...owners)
}

test('the page of an owner, written down: the first bits of SHA-256(["cresset/record-page/v1", owner])', () => {
  const digest = sha256(Uint8Array.of(0x82, 0x76, ...utf8('cresset/record-page/v1'), 0x43, ...utf8('www')))
  const expected = [0, 1, 2, 3, 4, 5, 6, 7, 8].map((bits) => (digest[0] as number) >>> (8 - bits))
  assert.deepEqual(
    expected.map((_, bits) => recordPageOf('www', bits)),
    expected,
  )
})

test('a generation is built in many transactions while DNS shows the one before, and one serves it', () => {
  const ledger = owned()
  assert.equal(set(ledger, { pages: pagesOf(0, ownersNamed('www', 'mail')) }), 'ok')
  assert.deepEqual(ledger.last?.changedNames, [name])
  assert.deepEqual(events(ledger), [{ kind: 'recordsSet', body: { name, generation: 1, isServed: true, pages: [0] } }])
  assert.deepEqual(servedOwners(ledger, name), { mail: 1, www: 1 })

  const next = pagesOf(2, fillPages(2, 2))
  for (const page of next) {
    assert.equal(set(ledger, { generation: 2, bits: 2, serve: false, pages: [page] }), 'ok')
    assert.deepEqual([ledger.last?.changedNames, servedOwners(ledger, name)], [[], { mail: 1, www: 1 }])
    const body = { name, generation: 2, isServed: false, pages: [page.index] }
    assert.deepEqual(events(ledger), [{ kind: 'recordsSet', body }])
  }
  const building = tableOf(ledger)?.building
  assert.deepEqual([building?.generation, building?.bits, building?.records], [2, 2, 8])
  assert.equal(
    building?.bytes,
    next.reduce((sum, { owners }) => sum + recordPageBytes({ owners }), 0),
  )
  assert.equal(set(ledger, { generation: 2, bits: 2 }), 'ok')
  assert.deepEqual(ledger.last?.changedNames, [name])
  assert.deepEqual(tableOf(ledger), { generation: 2, served: building, building: undefined })
  assert.equal(Object.keys(servedOwners(ledger, name)).length, 8)
  // The end of that block has removed what was served before.
  assert.equal(pagesLeft(ledger), 4)
})

test('pages of the served generation change in place; one without owners is none', () => {
  const ledger = owned()
  const pages = pagesOf(1, fillPages(1, 2))
  assert.equal(set(ledger, { bits: 1, pages }), 'ok')
  const [first, second] = pages as [(typeof pages)[0], (typeof pages)[0]]
  assert.equal(set(ledger, { bits: 1, pages: [{ ...second, owners: second.owners.slice(1) }] }), 'ok')
  assert.deepEqual(ledger.last?.changedNames, [name])
  assert.deepEqual([tableOf(ledger)?.served?.records, tableOf(ledger)?.generation], [3, 1])
  const building = { generation: 2, bits: 0, serve: false, pages: pagesOf(0, ownersNamed('www')) }
  assert.equal(set(ledger, building), 'ok')
  assert.equal(set(ledger, { bits: 1, pages: [{ index: first.index, owners: [] }] }), 'ok')
  assert.deepEqual(Object.keys(servedOwners(ledger, name)), [second.owners[1]?.owner])
  assert.equal(readRecordPage(ledger.state, name, 1, first.index), undefined)
  // What is built beside it stays.
  assert.equal(tableOf(ledger)?.building?.records, 1)
  assert.equal(set(ledger, { bits: 1, pages: [{ index: second.index, owners: [] }] }), 'ok')
  const { served } = tableOf(ledger) ?? {}
  assert.deepEqual([served?.records, served?.bytes, pagesLeft(ledger)], [0, 0, 1])
})

test('a generation is the served one, the one that is built, or the next; and has its bits', () => {
  const ledger = owned()
  const pages = pagesOf(0, ownersNamed('www'))
  for (const generation of [0, 2]) assert.equal(set(ledger, { generation, pages }), 'records-generation')
  assert.equal(set(ledger, { pages: [] }), 'nothing-changes')
  assert.equal(set(ledger, { pages: [], serve: false }), 'nothing-changes')
  assert.equal(set(ledger, { pages }), 'ok')
  assert.equal(set(ledger, { bits: 1, pages }), 'records-generation')
  assert.equal(set(ledger, { serve: false, pages }), 'records-generation')
  assert.equal(set(ledger, { pages: [] }), 'nothing-changes')
  assert.equal(set(ledger, { generation: 2, serve: false, pages }), 'ok')
  assert.equal(set(ledger, { generation: 2, bits: 1, pages: [] }), 'records-generation')
  assert.equal(set(ledger, { generation: 2, serve: false, pages: [] }), 'nothing-changes')
  // Another is begun: the second will never be served.
  assert.equal(set(ledger, { generation: 3, bits: 1, serve: false, pages: pagesOf(1, ownersNamed('www')) }), 'ok')
  assert.equal(set(ledger, { generation: 2, pages: [] }), 'records-generation')
  assert.equal(set(ledger, { generation: 3, bits: 1, pages: [] }), 'ok')
  assert.equal(set(ledger, { generation: 1, pages }), 'records-generation')
})

test('what a page may hold: each thing that is wrong has its code, and the first one counts', () => {
  const ledger = owned()
  const one = (recordSets: RecordSet[], owner = 'www'): Code =>
    set(ledger, { pages: [{ index: 0, owners: [{ owner, recordSets }] }] })
  const data = (type: number, ...bytes: number[]): RecordSet => ({
    type,
    ttlSeconds: undefined,
    data: [Uint8Array.from(bytes)],
  })
  const good = [addressRecords(1)]
  const alias = data(RecordType.CNAME, 1, 0x61, 0)
  const cases: [Code, Code][] = [
    ['record-type-derived', one([data(RecordType.TLSA, 3, 1, 1, 9)])],
    ['record-type-derived', one([data(RecordType.CERT, 0, 1, 0, 0, 0, 9)])],
    ['record-type-refused', one([data(RecordType.NS, 1, 0x61, 0)])],
    ['record-type-refused', one([data(RecordType.DNAME, 1, 0x61, 0)])],
    ['ttl-out-of-range', one([{ ...addressRecords(1), ttlSeconds: 1 }])],
    ['record-data-bad', one([data(RecordType.A, 127, 0, 0)])],
    ['record-twice', one([addressRecords(1, 1)])],
    ['record-set-twice', one([...good, ...good])],
    ['record-set-too-long', one([textRecords(...Array.from({ length: 20 }, (_, at) => `${at}`.padEnd(250)))])],
    ['cname-not-alone', one([alias, ...good])],
    ['host-label', one(good, '_443._tcp')],
    ['host-label', one(good, 'WWW')],
    ['host-too-long', one(good, `${'a.'.repeat(130)}a`)],
    // The first owner is judged wholly before the second one, and a page's length last.
    [
      'record-data-bad',
      set(ledger, {
        pages: [
          {
            index: 0,
            owners: [
              { owner: 'b', recordSets: [data(RecordType.A, 1)] },
              { owner: 'a', recordSets: good },
            ],
          },
        ],
      }),
    ],
    ['record-page-bad', set(ledger, { pages: [{ index: 0, owners: ownersNamed('b', 'a') }] })],
    ['record-page-bad', set(ledger, { pages: [{ index: 0, owners: ownersNamed('b', 'b') }] })],
    ['record-page-bad', set(ledger, { pages: [{ index: 1, owners: [] }] })],
    ['record-page-bad', set(ledger, { bits: 8, pages: [{ index: 256 - 1, owners: ownersNamed('www') }] })],
    [
      'record-page-bad',
      set(ledger, {
        bits: 8,
        pages: [
          { index: 3, owners: [] },
          { index: 3, owners: [] },
        ],
      }),
    ],
  ]
  for (const [expected, code] of cases) assert.equal(code, expected)
  assert.equal(tableOf(ledger), undefined)
  const allowed = [
    addressRecords(1, 2),
    data(RecordType.AAAA, ...new Uint8Array(15), 1),
    data(RecordType.HTTPS, 0, 1, 0),
    data(RecordType.SVCB, 0, 1, 0),
    textRecords('x'),
  ]
  assert.equal(one(allowed, '_https._tcp.www'), 'ok')
})

test('a page has at most 16,384 bytes, and exactly so many are allowed', () => {
  const ledger = owned()
  const long = (bytes: number): OwnerRecords[] => {
    const texts = Array.from({ length: 15 }, (_, index) => `${index}`.padStart(250, 'x'))
    const sets = [99, 16, 65_280, 65_281].map((type) => ({ ...textRecords(...texts), type }))
    const last = { type: 65_282, ttlSeconds: undefined, data: [new Uint8Array(bytes)] }
    return [{ owner: 'www', recordSets: [...sets, last] }]
  }
  const left = 16_384 - recordPageBytes({ owners: long(1_000) })
  assert.equal(set(ledger, { pages: [{ index: 0, owners: long(1_000 + left + 1) }] }), 'record-page-too-long')
  assert.equal(set(ledger, { pages: [{ index: 0, owners: long(1_000 + left) }] }), 'ok')
  assert.equal(tableOf(ledger)?.served?.bytes, 16_384)
})

test('only the owner sets records, also in grace and with a new key', () => {
  const ledger = owned()
  const pages = pagesOf(0, ownersNamed('www'))
  assert.equal(ledger.run('alice', settingRecords(name, { pages })), 'not-primary-key')
  assert.equal(setRecords(ledger, 'other.acme', { pages }), 'name-unknown')
  assert.equal(set(ledger, { pages }), 'ok')
  const key = keyPairFor('new key')
  const changing = { kind: 'changeKey', body: { name, newKey: key.publicKey } } as const
  assert.equal(ledger.run('alice', changing, { cosigners: [ownerOf(name), key] }), 'ok')
  assert.deepEqual(servedOwners(ledger, name), { www: 1 })
  assert.equal(set(ledger, { pages }), 'not-primary-key')
  assert.equal(ledger.run('alice', settingRecords(name, { pages }), { cosigners: [key] }), 'ok')
})

test('a transfer with records keeps the table; one without ends it, and the next owner goes on counting generations', () => {
  const ledger = owned()
  const [bob, carol] = [keyPairFor('bob'), keyPairFor('carol')]
  assert.equal(set(ledger, { pages: pagesOf(0, ownersNamed('www')) }), 'ok')
  assert.equal(set(ledger, { generation: 2, bits: 1, serve: false, pages: pagesOf(1, ownersNamed('a')) }), 'ok')
  const kept = makeTransfer(ledger, name, { to: bob, change: (transfer) => ({ ...transfer, keepRecords: true }) })
  assert.equal(ledger.run('alice', kept), 'ok')
  assert.deepEqual([ledger.last?.changedNames, servedOwners(ledger, name)], [[], { www: 1 }])
  assert.equal(ledger.run('alice', makeTransfer(ledger, name, { from: bob, to: carol })), 'ok')
  assert.deepEqual(ledger.last?.changedNames, [name])
  assert.deepEqual(tableOf(ledger), { generation: 2, served: undefined, building: undefined })
  assert.equal(pagesLeft(ledger), 0)
  const bySecond = (content: Partial<RecordsBody>): Code =>
    ledger.run('alice', settingRecords(name, content), { cosigners: [carol] })
  assert.equal(bySecond({ pages: pagesOf(0, ownersNamed('www')) }), 'records-generation')
  assert.equal(bySecond({ generation: 2, bits: 1, pages: [] }), 'records-generation')
  assert.equal(bySecond({ generation: 3, pages: pagesOf(0, ownersNamed('new')) }), 'ok')
  assert.deepEqual(servedOwners(ledger, name), { new: 1 })
})

test('a cancelled name has no records, and a block looks at 200 pages of what ended, the oldest first', () => {
  const ledger = owned()
  const pages = pagesOf(8, fillPages(8, 1))
  assert.equal(set(ledger, { bits: 8, pages }), 'ok')
  assert.equal(set(ledger, { generation: 2, bits: 7, serve: false, pages: pagesOf(7, fillPages(7, 1)) }), 'ok')
  assert.equal(pagesLeft(ledger), 256 + 128)
  assert.equal(ledger.run('alice', { kind: 'cancel', body: { name } }, { cosigners: [ownerOf(name)] }), 'ok')
  assert.deepEqual(ledger.last?.changedNames, [name])
  assert.deepEqual(tableOf(ledger), { generation: 2, served: undefined, building: undefined })
  const left = [pagesLeft(ledger)]
  for (let block = 0; block < 2; block++) {
    ledger.block()
    left.push(pagesLeft(ledger))
  }
  // 200 of the first; its other 56 and 128 of the second, whose places are then gone.
  assert.deepEqual(left, [56 + 128, 0, 0])
  assert.deepEqual(ledger.scan().all('recordRemoval'), [])
  assert.deepEqual(ledger.block().changes, [])
})

test('a generation that is served at once while another is built: both old ones end in that block', () => {
  const ledger = owned()
  assert.equal(set(ledger, { bits: 8, pages: pagesOf(8, ownersNamed('a')) }), 'ok')
  assert.equal(set(ledger, { generation: 2, bits: 8, serve: false, pages: pagesOf(8, ownersNamed('b')) }), 'ok')
  assert.equal(set(ledger, { generation: 3, pages: pagesOf(0, ownersNamed('c')) }), 'ok')
  assert.deepEqual(servedOwners(ledger, name), { c: 1 })
  const waiting = ledger.scan().all('recordRemoval')
  assert.deepEqual(waiting.map(({ generation, next }) => [generation, next]).sort(), [
    [1, 0],
    [2, 200],
  ])
})

test('work units: 5, 4 a page, and 1 for every 8 record sets of them all', () => {
  const ledger = owned()
  const units = (owners: number, bits = 0): number => {
    const named = ownersNamed(...Array.from({ length: owners }, (_, number) => `h${number}`))
    const { units: all } = ledger.transaction('alice', settingRecords(name, { bits, pages: pagesOf(bits, named) }))
    return all - 3
  }
  assert.deepEqual([units(0), units(1), units(8), units(9), units(64)], [5, 10, 10, 11, 17])
  assert.equal(units(64, 1), 5 + 2 * 4 + 8)
  const cancel = ledger.transaction('alice', { kind: 'cancel', body: { name } })
  assert.equal(cancel.units, 3 + 216, 'receipts of blocks from before there were tables stay as they are')
})

/** What is said of an owner in a random change: his number of records, or that he goes. */
const changes = fc.array(
  fc.record({
    rows: fc.array(fc.tuple(fc.constantFrom('', 'a', 'b', 'c.b', '*'), fc.nat({ max: 3 })), { maxLength: 5 }),
    bits: fc.nat({ max: 2 }),
    how: fc.constantFrom('in place', 'built', 'served'),
  }),
  { minLength: 1, maxLength: 12 },
)

test('any sequence of changes: DNS shows what a map of owners would hold, and after each block all invariants hold', () => {
  fc.assert(
    fc.property(changes, (steps) => {
      const ledger = owned()
      let expected: Record<string, number> = {}
      for (const { rows, bits, how } of steps) {
        const { generation = 0, served } = tableOf(ledger) ?? {}
        const owners = Object.entries(Object.fromEntries(rows))
          .filter(([, count]) => count > 0)
          .map(([owner, count]) => ({ owner, recordSets: [addressRecords(...Array(count).keys())] }))
        const shown = Object.fromEntries(rows.filter(([owner]) => owners.some((other) => other.owner === owner)))
        if (how === 'in place' && served !== undefined) {
          // All pages, so that the map is replaced.
          const known = pagesOf(served.bits, owners)
          const pages = Array.from(
            { length: 2 ** served.bits },
            (_, index) => known.find((page) => page.index === index) ?? { index, owners: [] },
          )
          assert.equal(set(ledger, { generation: served.generation, bits: served.bits, pages }), 'ok')
          expected = shown
        } else if (owners.length > 0) {
          const pages = pagesOf(bits, owners)
          assert.equal(set(ledger, { generation: generation + 1, bits, serve: how === 'served', pages }), 'ok')
          if (how === 'served') expected = shown
        }
        assert.deepEqual(servedOwners(ledger, name), expected)
      }
    }),
    { numRuns: 25 },
  )
})
