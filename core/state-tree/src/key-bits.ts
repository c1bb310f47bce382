import { KEY_BITS } from './limits.ts'

/** Bit `index` of the key at offset `at`, 0 being the most significant of its first byte. */
export function bitAt(bytes: Uint8Array, index: number, at = 0): 0 | 1 {
  return (((bytes[at + (index >> 3)] as number) >> (7 - (index & 7))) & 1) as 0 | 1
}

/** How many leading bits a key shares with the one at `otherAt` in `other`, counted up to `limitBits`. */
export function sharedBits(key: Uint8Array, other: Uint8Array, otherAt = 0, limitBits: number = KEY_BITS): number {
  const wholeBytes = (limitBits + 7) >> 3
  for (let index = 0; index < wholeBytes; index++) {
    const difference = (key[index] as number) ^ (other[otherAt + index] as number)
    if (difference !== 0) return Math.min(limitBits, index * 8 + Math.clz32(difference) - 24)
  }
  return limitBits
}
