import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { LatestCache } from './latest-cache.ts'

/** Keys of which many share a slot. */
const key = fc
  .record({ slot: fc.integer({ min: 0, max: 3 }), rest: fc.integer({ min: 0, max: 2 }) })
  .map(({ slot, rest }) => {
    const bytes = new Uint8Array(32).fill(rest)
    bytes[2] = slot
    return bytes
  })
const length = fc.constantFrom(0, 1, 50, 94, 95, 96, 127, 128, 252, 255, 1024, 1025, 2000)
const value = fc.option(length, { nil: undefined })

test('what is found is what was last set for this key, or nothing', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(0, 1, 3, 4, 16),
      fc.array(fc.tuple(key, value), { maxLength: 60 }),
      (entries, steps) => {
        const cache = new LatestCache(entries)
        const latest = new Map<string, Uint8Array | undefined>()
        let step = 0
        for (const [key, length] of steps) {
          const value = length === undefined ? undefined : new Uint8Array(length).fill(++step)
          cache.set(key, value)
          latest.set(String(key), value?.slice())
          const found = cache.find(key)
          if (entries === 0 || (length ?? 0) > 1024) assert.equal(found, undefined)
          else assert.deepEqual(found?.value, value)
          // The cache keeps copies.
          value?.fill(0xee)
          for (const [text, value] of latest) {
            const other = cache.find(new Uint8Array(text.split(',').map(Number)))
            if (other !== undefined) assert.deepEqual(other.value, value)
          }
        }
        cache.clear()
        for (const [key] of steps) assert.equal(cache.find(key), undefined)
      },
    ),
  )
})
