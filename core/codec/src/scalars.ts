import { type Codec, declare } from './codec.ts'
import { CodecError } from './codec-error.ts'
import { headBytes } from './item.ts'

export const boolean: Codec<boolean> = declare({
  maxBytes: 1,
  toItem(value) {
    if (typeof value !== 'boolean') throw new CodecError('wrong-type', 'expected a boolean')
    return value
  },
  read: (reader) => reader.boolean(),
})

/** Integer from 0 to `max`, at most 2^53 − 1. */
export function uint(max: number): Codec<number> {
  if (!Number.isSafeInteger(max) || max < 0) throw new RangeError(`uint maximum ${max} is not a safe integer`)
  const check = (value: number | bigint): number => {
    if (typeof value !== 'number') {
      if (typeof value === 'bigint') throw new CodecError('out-of-range', `${value} is over ${max}`)
      throw new CodecError('wrong-type', 'expected an integer')
    }
    if (!Number.isSafeInteger(value) || value < 0 || value > max) {
      throw new CodecError('out-of-range', `${value} is not an integer from 0 to ${max}`)
    }
    return value
  }
  return declare<number>({ maxBytes: headBytes(max), toItem: check, read: (reader) => check(reader.uint()) })
}

export const uint8: Codec<number> = uint(0xff)
export const uint16: Codec<number> = uint(0xffff)
export const uint32: Codec<number> = uint(0xffff_ffff)
export const uint53: Codec<number> = uint(Number.MAX_SAFE_INTEGER)

const MAX_UINT64 = 2n ** 64n - 1n

/** Integer as bigint from 0 to `max`, at most 2^64 − 1. */
export function bigUint(max: bigint = MAX_UINT64): Codec<bigint> {
  if (max < 0n || max > MAX_UINT64) throw new RangeError(`bigUint maximum ${max} is not within 64 bits`)
  const check = (value: bigint): bigint => {
    if (typeof value !== 'bigint') throw new CodecError('wrong-type', 'expected a bigint')
    if (value < 0n || value > max) throw new CodecError('out-of-range', `${value} is not an integer from 0 to ${max}`)
    return value
  }
  return declare({ maxBytes: headBytes(max), toItem: check, read: (reader) => check(BigInt(reader.uint())) })
}

/** A sum of money in the smallest unit. */
export const amount: Codec<bigint> = bigUint()

/** Exactly this integer and no other. */
export function literal(expected: number): Codec<number> {
  const check = (value: number | bigint): number => {
    if (value !== expected) throw new CodecError('out-of-range', `expected ${expected}`)
    return expected
  }
  if (!Number.isSafeInteger(expected) || expected < 0) throw new RangeError(`literal ${expected} is not unsigned`)
  return declare<number>({ maxBytes: headBytes(expected), toItem: check, read: (reader) => check(reader.uint()) })
}
