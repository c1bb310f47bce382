import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Store, Write } from '../store.ts'

/** How a suite gets a store. `reopen` closes it and opens the same one again; absent where nothing outlives the process. */
export interface StoreUnderTest {
  readonly store: Store
  reopen?(): Promise<Store>
  dispose(): Promise<void>
}

const bytes = (...values: number[]) => Uint8Array.from(values)
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex')
const put = (key: Uint8Array, value: Uint8Array): Write => ({ key, value })
const remove = (key: Uint8Array): Write => ({ key, value: undefined })
const everything = { gte: bytes(0), lt: new Uint8Array(40).fill(255) }
const listed = (store: Store) => [...store.range(everything)].map(([key, value]) => `${hex(key)}=${hex(value)}`)

/** What every store does; each implementation runs it. */
export function storeComplianceSuite(name: string, open: () => Promise<StoreUnderTest>): void {
  const check = (title: string, run: (subject: StoreUnderTest) => Promise<void>, skip?: string) =>
    test(`${name}: ${title}`, skip === undefined ? {} : { skip }, async () => {
      const subject = await open()
      try {
        await run(subject)
      } finally {
        await subject.dispose()
      }
    })

  check('an empty store holds nothing that a caller wrote', async ({ store }) => {
    assert.equal(store.get(bytes(2, 1)), undefined)
    assert.deepEqual([...store.range({ gte: bytes(2), lt: bytes(255) })], [])
    assert.deepEqual(store.statistics, { flushes: 0, puts: 0, bytes: 0 })
  })

  check('a batch is there whole when write resolves, later writes of a key count', async ({ store }) => {
    const writing = store.write([
      put(bytes(2, 1), bytes(1)),
      put(bytes(2, 2), bytes(2)),
      put(bytes(3, 1), bytes()),
      put(bytes(2, 1), bytes(9)),
      remove(bytes(2, 2)),
      remove(bytes(2, 77)),
      remove(bytes(2, 3)),
      put(bytes(2, 3), bytes(3)),
    ])
    assert.equal(store.get(bytes(2, 1)), undefined)
    await writing
    assert.deepEqual(store.get(bytes(2, 1)), bytes(9))
    assert.equal(store.get(bytes(2, 2)), undefined)
    assert.deepEqual(store.get(bytes(2, 3)), bytes(3))
    assert.deepEqual(store.get(bytes(3, 1)), bytes())
    assert.equal(Object.getPrototypeOf(store.get(bytes(2, 1))), Uint8Array.prototype)
    assert.deepEqual(store.statistics, { flushes: 1, puts: 8, bytes: 3 + 3 + 2 + 3 + 3 })
  })

  check('batches take effect in the order of the calls', async ({ store }) => {
    const key = bytes(2, 1)
    await Promise.all(Array.from({ length: 20 }, (_, index) => store.write([put(key, bytes(index))])))
    assert.deepEqual(store.get(key), bytes(19))
    assert.equal(store.statistics.flushes, 20)
  })

  check(
    'what a caller does with its arrays afterwards does not reach the store, nor the other way round',
    async ({ store }) => {
      const key = bytes(2, 1)
      const value = bytes(5, 6)
      await store.write([put(key, value)])
      value[0] = 99
      key[1] = 99
      assert.deepEqual(store.get(bytes(2, 1)), bytes(5, 6))
      const first = store.get(bytes(2, 1))
      await store.write([put(bytes(2, 1), bytes(7))])
      assert.deepEqual(first, bytes(5, 6))
    },
  )

  check('ranges in both directions, with limits, over every border of namespaces', async ({ store, reopen }) => {
    const key = fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 3 }).filter((found) => (found[0] as number) > 1),
      fc
        .tuple(fc.integer({ min: 2, max: 13 }), fc.integer({ min: 0, max: 5 }))
        .map(([first, second]) => bytes(first, second)),
      fc.tuple(fc.integer({ min: 2, max: 13 })).map(([first]) => bytes(first)),
    )
    let current = store
    const model = new Map<string, Uint8Array>()
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(key, fc.option(fc.uint8Array({ maxLength: 4 }), { nil: undefined })), { maxLength: 30 }),
        fc.array(fc.tuple(key, key, fc.boolean(), fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined })), {
          minLength: 10,
          maxLength: 10,
        }),
        fc.integer({ min: 0, max: 30 }),
        async (writes, ranges, dice) => {
          await current.write(writes.map(([at, value]) => ({ key: at, value })))
          for (const [at, value] of writes) {
            if (value === undefined) model.delete(hex(at))
            else model.set(hex(at), value)
          }
          if (dice === 0 && reopen !== undefined) current = await reopen()
          const keys = [...model.keys()].sort()
          for (const [gte, lt, reverse, limit] of ranges) {
            const inside = keys.filter((found) => found >= hex(gte) && found < hex(lt))
            if (reverse) inside.reverse()
            const expected = inside.slice(0, limit).map((found) => `${found}=${hex(model.get(found)!)}`)
            const options = { gte, lt, reverse, ...(limit === undefined ? {} : { limit }) }
            const found = [...current.range(options)].map(([at, value]) => `${hex(at)}=${hex(value)}`)
            assert.deepEqual(found, expected)
          }
          for (const [at] of writes) assert.deepEqual(current.get(at), model.get(hex(at)))
        },
      ),
      { numRuns: 60 },
    )
  })

  check('a range shows the store as it was when it began', async ({ store }) => {
    await store.write([2, 3, 4].map((first) => put(bytes(first, 1), bytes(first))))
    const range = store.range({ gte: bytes(2), lt: bytes(9) })[Symbol.iterator]()
    assert.deepEqual(range.next().value, [bytes(2, 1), bytes(2)])
    await store.write([remove(bytes(3, 1)), put(bytes(4, 1), bytes(99)), put(bytes(5, 1), bytes(5))])
    assert.deepEqual(range.next().value, [bytes(3, 1), bytes(3)])
    assert.deepEqual(range.next().value, [bytes(4, 1), bytes(4)])
    assert.equal(range.next().done, true)
    assert.deepEqual(store.get(bytes(4, 1)), bytes(99))
    for (const _ of store.range({ gte: bytes(2), lt: bytes(9) })) break
    await store.write([put(bytes(6, 1), bytes(6))])
    assert.deepEqual(store.get(bytes(6, 1)), bytes(6))
  })

  check('values from nothing to megabytes, and batches of ten thousand', async ({ store }) => {
    const sizes = [0, 1, 63, 64, 65, 2_000, 4_096, 32_768, 40_000, 1 << 20, 3 << 20]
    const patternOf = (size: number) => new Uint8Array(size).map((_, index) => (index * 7 + size) & 255)
    await store.write(sizes.map((size, index) => put(bytes(2, index), patternOf(size))))
    sizes.forEach((size, index) => {
      assert.deepEqual(store.get(bytes(2, index)), patternOf(size))
    })
    const ranged = [...store.range({ gte: bytes(2), lt: bytes(3) })].map(([, value]) => value.length)
    assert.deepEqual(ranged, sizes)
    const many = Array.from({ length: 10_000 }, (_, index) =>
      put(bytes(3, index >> 8, index & 255), bytes(index & 255, 1, 2, 3)),
    )
    await store.write(many)
    assert.equal([...store.range({ gte: bytes(3), lt: bytes(4) })].length, 10_000)
    await store.write(many.map(({ key }) => remove(key)))
    assert.equal([...store.range({ gte: bytes(3), lt: bytes(4) })].length, 0)
  })

  check('keys and values over their limits are refused before anything is written', async ({ store }) => {
    const tooLong = new Uint8Array(512).fill(2)
    assert.throws(() => store.get(tooLong), RangeError)
    assert.throws(() => store.get(bytes()), RangeError)
    await assert.rejects(async () => store.write([put(bytes(2), bytes(1)), put(tooLong, bytes(1))]), RangeError)
    await assert.rejects(async () => store.write([remove(bytes())]), RangeError)
    assert.equal(store.get(bytes(2)), undefined)
    const longest = new Uint8Array(511).fill(2)
    await store.write([put(longest, bytes(1))])
    assert.deepEqual(store.get(longest), bytes(1))
  })

  check('a closed store says so', async ({ store }) => {
    const writing = store.write([put(bytes(2, 1), bytes(1))])
    await store.close()
    await writing
    const closed = (error: { code?: string }) => error.code === 'closed'
    assert.throws(() => store.get(bytes(2, 1)), closed)
    assert.throws(() => [...store.range(everything)], closed)
    await assert.rejects(async () => store.write([]), closed)
    await store.close()
  })

  check('everything is there when it is opened again', async ({ store, reopen }) => {
    if (reopen === undefined) return
    await store.write([
      put(bytes(2, 1), bytes(1)),
      put(bytes(200), bytes(2)),
      put(bytes(2, 3, 4), new Uint8Array(5_000)),
    ])
    const before = listed(store)
    const again = await reopen()
    assert.deepEqual(listed(again), before)
  })
}
