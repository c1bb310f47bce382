import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encode } from 'cborg'
import fc from 'fast-check'
import { CodecError } from './codec-error.ts'
import type { Item } from './item.ts'
import { ItemWriter } from './item-writer.ts'

/** Lengths and numbers around each change of the head's width. */
const edge = fc.constantFrom(0, 1, 23, 24, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, Number.MAX_SAFE_INTEGER)
const length = fc.constantFrom(0, 1, 23, 24, 63, 64, 65, 255, 256, 20_000, 65_536)

const { item } = fc.letrec<{ item: Item }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4 },
    edge,
    fc.maxSafeNat(),
    fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    fc.string({ unit: 'grapheme', maxLength: 80 }),
    fc.tuple(fc.constantFrom('a', 'é', '日', '😀'), length).map(([unit, count]) => unit.repeat(count % 300)),
    fc.boolean(),
    fc.constant(null),
    fc.tuple(length, fc.nat(255)).map(([count, byte]) => new Uint8Array(count).fill(byte)),
    fc.array(tie('item'), { maxLength: 30 }),
  ),
}))

describe('the writer of items', () => {
  it('writes what the general encoder of the library writes', () => {
    const writer = new ItemWriter()
    fc.assert(
      fc.property(item, (value) => {
        assert.deepEqual(Uint8Array.from(writer.write(value)), Uint8Array.from(encode(value)))
      }),
      { numRuns: 500 },
    )
  })

  it('writes the examples of RFC 8949, appendix A', () => {
    const writer = new ItemWriter()
    const examples: [Item, string][] = [
      [1_000_000, '1a000f4240'],
      [1_000_000_000_000, '1b000000e8d4a51000'],
      [18_446_744_073_709_551_615n, '1bffffffffffffffff'],
      ['\u6c34', '63e6b0b4'],
      ['\ud800\udd51', '64f0908591'],
      [[1, [2, 3], [4, 5]], '8301820203820405'],
      [Uint8Array.of(1, 2, 3, 4), '4401020304'],
      [true, 'f5'],
      [null, 'f6'],
    ]
    for (const [value, hex] of examples) assert.equal(Buffer.from(writer.write(value)).toString('hex'), hex)
  })

  it('refuses what is no item', () => {
    const writer = new ItemWriter()
    for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53, -1n, 2n ** 64n, undefined, {}, () => 1]) {
      assert.throws(() => writer.write(wrong as Item), CodecError, String(wrong))
    }
  })
})
