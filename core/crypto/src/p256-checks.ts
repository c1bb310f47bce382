import { fromHex } from '@cresset/core-codec'

// FIPS 186-5 / SP 800-186 section 3.2.1.3, big endian.
const fieldPrime = fromHex('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff')
const order = fromHex('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')
const halfOrder = fromHex('7fffffff800000007fffffffffffffffde737d56d38bcf4279dce5617e3192a8')

function compareAt(bytes: Uint8Array, offset: number, bound: Uint8Array): number {
  for (let index = 0; index < 32; index++) {
    const difference = (bytes[offset + index] as number) - (bound[index] as number)
    if (difference !== 0) return difference
  }
  return 0
}

function isZeroAt(bytes: Uint8Array, offset: number): boolean {
  for (let index = 0; index < 32; index++) if (bytes[offset + index] !== 0) return false
  return true
}

/** Whether 33 bytes have the form of a compressed point: 02 or 03, then x below the prime. Says nothing about the curve. */
export function isCompressedPoint(bytes: Uint8Array, offset: number): boolean {
  return (bytes[offset] === 2 || bytes[offset] === 3) && compareAt(bytes, offset + 1, fieldPrime) < 0
}

/** Whether 1 ≤ r < n and 1 ≤ s ≤ n/2: of the two s that libraries accept, one. */
export function isLowSignature(signature: Uint8Array): boolean {
  if (isZeroAt(signature, 0) || isZeroAt(signature, 32)) return false
  return compareAt(signature, 0, order) < 0 && compareAt(signature, 32, halfOrder) <= 0
}

/** The same signature with s in the lower half: s over n/2 becomes n − s. For signers whose library or token gives either. */
export function lowSignature(signature: Uint8Array): Uint8Array {
  const low = Uint8Array.from(signature)
  if (low.length !== 64 || compareAt(low, 32, halfOrder) <= 0 || compareAt(low, 32, order) >= 0) return low
  let borrow = 0
  for (let index = 31; index >= 0; index--) {
    const difference = (order[index] as number) - (low[32 + index] as number) - borrow
    borrow = difference < 0 ? 1 : 0
    low[32 + index] = difference + 256 * borrow
  }
  return low
}
