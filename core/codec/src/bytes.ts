import { CodecError } from './codec-error.ts'

/** Order by the first byte that differs; a prefix comes before what it begins. Negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const shared = Math.min(a.length, b.length)
  for (let index = 0; index < shared; index++) {
    const difference = (a[index] as number) - (b[index] as number)
    if (difference !== 0) return difference
  }
  return a.length - b.length
}

/** Equality in variable time: never for secrets. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) {
    if (a[index] !== b[index]) return false
  }
  return true
}

export function concatBytes(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const joined = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    joined.set(part, offset)
    offset += part.length
  }
  return joined
}

/** Four bytes at `offset`, most significant first. */
export function readUint32(source: Uint8Array, offset = 0): number {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + 4 > source.length) {
    throw new CodecError('truncated', `no four bytes at ${offset}`)
  }
  const at = (index: number) => source[offset + index] as number
  return at(0) * 0x100_0000 + ((at(1) << 16) | (at(2) << 8) | at(3))
}

/** Four bytes, most significant first. */
export function uint32ToBytes(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value > 0xffff_ffff) {
    throw new CodecError('out-of-range', `${value} is not within 32 bits`)
  }
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value)
}

/** Eight bytes, most significant first. */
export function uint64ToBytes(value: bigint | number): Uint8Array {
  const wide = typeof value === 'number' ? (Number.isSafeInteger(value) ? BigInt(value) : -1n) : value
  if (wide < 0n || wide >= 2n ** 64n) throw new CodecError('out-of-range', `${value} is not within 64 bits`)
  const encoded = new Uint8Array(8)
  new DataView(encoded.buffer).setBigUint64(0, wide)
  return encoded
}

/** The integer in eight bytes at `offset`, most significant first. */
export function readUint64(source: Uint8Array, offset = 0): bigint {
  return BigInt(readUint32(source, offset)) * 0x1_0000_0000n + BigInt(readUint32(source, offset + 4))
}
