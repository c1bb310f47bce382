export const X25519_KEY_BYTES = 32

/** 2^255 − 19, little-endian. */
const prime = Uint8Array.of(0xed, ...new Uint8Array(30).fill(0xff), 0x7f)

/** u-coordinates of order 8, little-endian; those of order 1, 2 and 4 are 0, 1 and p − 1. */
const orderEight = [
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
]

/**
 * Why 32 bytes are no X25519 public key to seal something for, or undefined. `not-canonical`: not below 2^255 − 19, so that one key
 * has one encoding. `small-order`: every shared secret with it is zero (RFC 7748 section 6.1), so that anyone could open the seal.
 */
export function x25519KeyProblem(key: Uint8Array): 'length' | 'not-canonical' | 'small-order' | undefined {
  if (key.length !== X25519_KEY_BYTES) return 'length'
  if (!isBelowPrime(key)) return 'not-canonical'
  return isSmallOrder(key) ? 'small-order' : undefined
}

function isBelowPrime(key: Uint8Array): boolean {
  for (let index = X25519_KEY_BYTES - 1; index >= 0; index--) {
    const difference = (key[index] as number) - (prime[index] as number)
    if (difference !== 0) return difference < 0
  }
  return false
}

function isSmallOrder(key: Uint8Array): boolean {
  const rest = key.subarray(1)
  const first = key[0] as number
  if (first <= 1 && rest.every((byte) => byte === 0)) return true
  if (first === 0xec && rest.every((byte, index) => byte === prime[index + 1])) return true
  let hex = ''
  for (const byte of key) hex += byte.toString(16).padStart(2, '0')
  return orderEight.includes(hex)
}
