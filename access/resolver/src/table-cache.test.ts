import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TablePages } from '@cresset/access-client'
import { OwnerIndex } from './owner-index.ts'
import { TableCache, type TablePlace } from './table-cache.ts'

const pagesOf = (...owners: string[]): TablePages =>
  new Map([[0, { owners: owners.map((owner) => ({ owner, recordSets: [] })) }]])

const placeOf = (name: string, bytes = 100): TablePlace => ({
  name,
  height: 7,
  served: { generation: 1, bits: 0, records: 1, bytes },
  known: { index: 0, pages: new Map() },
})

test('an owner exists, and so does all above it; what only begins or ends alike does not', () => {
  const index = new OwnerIndex(pagesOf('www', 'a.b.c', 'x-y.b', '_1._tcp', '*.w', 'bb'))
  for (const host of ['', 'www', 'a.b.c', 'b.c', 'c', 'b', '_tcp', 'w', '*.w']) assert.ok(index.exists(host), host)
  for (const host of ['ww', 'wwww', 'a', 'a.b', 'y.b', 'tcp', 'x', '0.a.b.c', 'w.w', 'bbb', 'b.b'])
    assert.ok(!index.exists(host), host)
  assert.ok(!new OwnerIndex(new Map()).exists(''))
})

test('what is kept has a bound in bytes: the table longest unused goes first', async () => {
  const tables = new TableCache({ fetch: async () => pagesOf('a'), now: () => 0, maxAgeMs: 10, maxBytes: 250 })
  for (const name of ['a', 'b']) await tables.get(placeOf(name), 0)
  assert.ok(tables.young('a', 0))
  await tables.get(placeOf('c'), 0)
  assert.deepEqual(
    ['a', 'b', 'c'].map((name) => tables.young(name, 0) !== undefined),
    [true, false, true],
  )
  await tables.get(placeOf('a', 200), 0)
  assert.deepEqual(
    ['a', 'c'].map((name) => tables.young(name, 0) !== undefined),
    [true, false],
  )
  assert.ok(await tables.get(placeOf('large', 251), 0))
  assert.deepEqual(
    ['a', 'large'].map((name) => tables.young(name, 0) !== undefined),
    [false, false],
  )
})

test('a table is young until its time is over, and for who wants none from before a moment', async () => {
  let nowMs = 100
  const tables = new TableCache({ fetch: async () => pagesOf('a'), now: () => nowMs, maxAgeMs: 10 })
  await tables.get(placeOf('a'), 100)
  assert.ok(tables.young('a', 100))
  assert.equal(tables.young('a', 101), undefined)
  nowMs = 109
  assert.ok(tables.young('a', 0))
  nowMs = 110
  assert.equal(tables.young('a', 0), undefined)
})

test('few tables are fetched at once, each once, and a failure is nothing that stays', async () => {
  const waiting: ((pages: TablePages | Error) => void)[] = []
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
  waiting[1]?.(pagesOf('x'))
  await assert.rejects(first, /no node/)
  assert.equal((await second).owners.exists('x'), true)
  const again = tables.get(placeOf('a'), 0)
  waiting[2]?.(pagesOf('y'))
  assert.equal((await again).height, 7)
})
