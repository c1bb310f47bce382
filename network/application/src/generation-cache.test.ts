import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GenerationCache } from './generation-cache.ts'

const key = (number: number): Uint8Array => new Uint8Array(32).fill(number)

test('keeps what is used and stays within its weight', () => {
  const cache = new GenerationCache<number>(10)
  cache.set(key(0), 0, 1)
  for (let number = 1; number <= 200; number++) {
    cache.set(key(number), number, 1)
    assert.equal(cache.get(key(0)), 0, 'an entry in use is never forgotten')
    let held = 0
    for (let other = 1; other <= number; other++) if (cache.get(key(other)) !== undefined) held++
    assert.ok(held <= 12)
    assert.equal(cache.get(key(number)), number)
    cache.get(key(0))
  }
  cache.clear()
  assert.equal(cache.get(key(0)), undefined)
})
