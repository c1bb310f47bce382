import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HalfSipHash } from './half-siphash.ts'

test('HalfSipHash-2-4: the vectors of its authors, by length of the message', () => {
  const counting = Uint8Array.from({ length: 64 }, (_, index) => index)
  const hash = new HalfSipHash(counting.subarray(0, 8))
  for (const [length, digest] of [
    '218d1f59b9b83cc8',
    'be552412f8387315',
    '064f39ef7c50eb57',
    'ce0f1a45f7060679',
    'd5e78a175be52ea1',
    'cb9d7c3f2f3db580',
    'ce3e91358aa2bc25',
    'ff202728b07bc684',
    'edfee820bce4858c',
    '5b51cccc13888307',
  ].entries()) {
    hash.hash(counting, length)
    const bytes = Buffer.alloc(8)
    bytes.writeInt32LE(hash.low, 0)
    bytes.writeInt32LE(hash.high, 4)
    assert.equal(bytes.toString('hex'), digest, `${length} bytes`)
  }
})
