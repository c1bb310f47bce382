import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recordPageEntry, recordPageOf } from '@cresset/core-ledger'
import { OwnerIndex, type PageEntries } from './owner-index.ts'
import { TableCache, type TablePlace } from './table-cache.ts'

/** One page. */
function pageOf(...owners: string[]): PageEntries {
  const recordSets = [{ type: 1, ttlSeconds: undefined, data: [Uint8Array.of(192, 0, 2, 1)] }]
  const page = { owners: owners.sort().map((owner) => ({ owner, recordSets })) }
  return new Map(owners.length === 0 ? [] : [[0, recordPageEntry.codec.encode(page)]])
}

const placeOf = (name: string): TablePlace => ({
  name,
  height: 7,
  served: { generation: 1, bits: 0, records: 1, bytes: 100 },
  known: { index: 0, entry: undefined },
})

test('an owner exists, and so does all above it; what only begins or ends alike does not', async () => {
  const index = await OwnerIndex.of({ bits: 0 }, pageOf('www', 'a.b.c', 'x-y.b', '_1._tcp', '*.w', 'bb'))
  for (const host of ['', 'www', 'a.b.c', 'b.c', 'c', 'b', '_tcp', 'w', '*.w']) assert.ok(index.exists(host), host)
  for (const host of ['ww', 'wwww', 'a', 'a.b', 'y.b', 'tcp', 'x', '0.a.b.c', 'w.w', 'bbb', 'b.b'])
    assert.ok(!index.exists(host), host)
  const empty = await OwnerIndex.of({ bits: 8 }, pageOf())
  assert.deepEqual([empty.exists(''), empty.get('www')], [false, undefined])
})

test('owners of many pages are found in theirs', async () => {
  const owners = Array.from({ length: 500 }, (_, number) => `h${number}.g${number % 7}`)
  const pages = new Map<number, string[]>()
  for (const owner of owners) {
    const index = recordPageOf(owner, 5)
    pages.set(index, [...(pages.get(index) ?? []), owner])
  }
  const entries = new Map([...pages].map(([at, some]) => [at, pageOf(...some).get(0) as Uint8Array]))
  const index = await OwnerIndex.of({ bits: 5 }, entries)
  for (const owner of owners) assert.equal(index.get(owner)?.owner, owner)
  for (const host of ['g0', 'g6']) assert.deepEqual([index.get(host), index.exists(host)], [undefined, true])
  assert.deepEqual([index.get('h0.g1'), index.exists('h0.g1'), index.exists('g7')], [undefined, false, false])
})

test('what is kept has a bound in bytes: the table longest unused goes first', async () => {
  const large = Array.from({ length: 20 }, (_, number) => `host-${number}`)
  const { bytes } = await OwnerIndex.of({ bits: 0 }, pageOf('a'))
  const fetch = async ({ name }: TablePlace) => (name === 'large' ? pageOf(...large) : pageOf('a'))
  const tables = new TableCache({ fetch, now: () => 0, maxAgeMs: 10, maxBytes: 2 * bytes + 1 })
  const kept = () => ['a', 'b', 'c', 'large'].filter((name) => tables.young(name, 0) !== undefined)
  for (const name of ['a', 'b']) await tables.get(placeOf(name), 0)
  assert.ok(tables.young('a', 0))
  await tables.get(placeOf('c'), 0)
  assert.deepEqual(kept(), ['a', 'c'])
  await tables.get(placeOf('a'), 0)
  assert.deepEqual(kept(), ['a', 'c'], 'counted once')
  assert.ok((await tables.get(placeOf('large'), 0)).owners.exists('host-7'))
  assert.deepEqual(kept(), [])
})

test('a table is young until its time is over, and for who wants none from before a moment', async () => {
  let nowMs = 100
  const tables = new TableCache({ fetch: async () => pageOf('a'), now: () => nowMs, maxAgeMs: 10 })
  await tables.get(placeOf('a'), 100)
  assert.ok(tables.young('a', 100))
  assert.equal(tables.young('a', 101), undefined)
  nowMs = 109
  assert.ok(tables.young('a', 0))
  nowMs = 110
  assert.equal(tables.young('a', 0), undefined)
})

test('few tables are fetched at once, each once, and a failure is nothing that stays', async () => {
  const waiting: ((pages: PageEntries | Error) => void)[] = []
  const tables = new TableCache({
    fetch: () =>
      new Promise((resolve, reject) => waiting.push((end) => (end instanceof Error ? reject(end) : resolve(end)))),
    now: () => 0,
    maxAgeMs: 10,
    maxFlights: 2,
  })
  const first = tables.get(placeOf('a'), 0)
  assert.equal(tables.get({ ...placeOf('a'), height: 8 }, 0), first)
  const second = tables.get(placeOf('b'), 0)
  await assert.rejects(tables.get(placeOf('c'), 0), { code: 'busy' })
  waiting[0]?.(new Error('no node'))
  waiting[1]?.(pageOf('x'))
  await assert.rejects(first, /no node/)
  assert.equal((await second).owners.exists('x'), true)
  const again = tables.get(placeOf('a'), 0)
  waiting[2]?.(pageOf('y'))
  assert.equal((await again).height, 7)
})
