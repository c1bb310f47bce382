import { fromHex } from '@cresset/core-codec'

// Order of the base point, little endian.
const order = fromHex('edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010')

/** The y coordinates of the eight points whose order divides 8, without the sign bit. */
const smallOrderY = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map((hex) => fromHex(hex))

/** Whether y < 2^255 − 19. The other second spelling, x = 0 with a sign, exists only for points of small order. */
function isCanonicalY(bytes: Uint8Array, offset: number): boolean {
  if (((bytes[offset + 31] as number) & 0x7f) !== 0x7f) return true
  for (let index = 30; index > 0; index--) if (bytes[offset + index] !== 0xff) return true
  return (bytes[offset] as number) < 0xed
}

function isSmallOrder(bytes: Uint8Array, offset: number): boolean {
  return smallOrderY.some((y) => {
    for (let index = 0; index < 31; index++) if (bytes[offset + index] !== y[index]) return false
    return ((bytes[offset + 31] as number) & 0x7f) === y[31]
  })
}

/** Whether 32 bytes at `offset` may stand for a point: canonical, not of small order. Says nothing about the curve. */
export function isUsablePoint(bytes: Uint8Array, offset: number): boolean {
  return isCanonicalY(bytes, offset) && !isSmallOrder(bytes, offset)
}

/** Whether S, the second half of a signature, is below the order: each signature has one spelling (RFC 8032 section 5.1.7). */
export function isReducedScalar(signature: Uint8Array): boolean {
  for (let index = 31; index >= 0; index--) {
    const difference = (signature[32 + index] as number) - (order[index] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}
