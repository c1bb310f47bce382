import { KEY_BITS } from './limits.ts'

/** Bit `index` of a key, 0 being the most significant of the first byte. */
export function bitAt(key: Uint8Array, index: number): 0 | 1 {
  return (((key[index >> 3] as number) >> (7 - (index & 7))) & 1) as 0 | 1
}

/** How many leading bits two keys share, counted up to `limitBits`. */
export function sharedBits(a: Uint8Array, b: Uint8Array, limitBits: number = KEY_BITS): number {
  const wholeBytes = (limitBits + 7) >> 3
  for (let index = 0; index < wholeBytes; index++) {
    const difference = (a[index] as number) ^ (b[index] as number)
    if (difference !== 0) return Math.min(limitBits, index * 8 + Math.clz32(difference) - 24)
  }
  return limitBits
}
