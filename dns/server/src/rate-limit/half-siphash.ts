/** Bytes of a key. */
export const HALF_SIPHASH_KEY_BYTES = 8

/**
 * HalfSipHash-2-4 with 64 bits of output (Aumasson, 2016): SipHash on 32-bit words, for tables that strangers fill. It takes no
 * memory. Too short to sign anything with.
 */
export class HalfSipHash {
  /** Halves of the last hash, the first bytes in `low`; signed. */
  low = 0
  high = 0
  readonly #k0: number
  readonly #k1: number

  constructor(key: Uint8Array) {
    if (key.length !== HALF_SIPHASH_KEY_BYTES) throw new RangeError(`a key has ${HALF_SIPHASH_KEY_BYTES} bytes`)
    this.#k0 = wordAt(key, 0)
    this.#k1 = wordAt(key, 4)
  }

  /** Hashes the first `length` bytes into `low` and `high`. */
  hash(bytes: Uint8Array, length: number): void {
    let v0 = this.#k0
    let v1 = this.#k1 ^ 0xee
    let v2 = this.#k0 ^ 0x6c796765
    let v3 = this.#k1 ^ 0x74656462
    const whole = length - (length % 4)
    let tail = length << 24
    for (let index = whole; index < length; index++) tail |= (bytes[index] as number) << (8 * (index - whole))
    // Two rounds a word, four behind the last one, and four more for the second half of the output.
    const lastRound = (whole / 4 + 1) * 2 + 8
    let word = 0
    for (let round = 0; round < lastRound; round++) {
      const isInput = round < lastRound - 8
      if (isInput && round % 2 === 0) {
        word = round * 2 < whole ? wordAt(bytes, round * 2) : tail
        v3 ^= word
      } else if (round === lastRound - 8) v2 ^= 0xee
      else if (round === lastRound - 4) {
        this.low = v1 ^ v3
        v1 ^= 0xdd
      }
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
      if (isInput && round % 2 === 1) v0 ^= word
    }
    this.high = v1 ^ v3
  }
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return (
    (bytes[offset] as number) |
    ((bytes[offset + 1] as number) << 8) |
    ((bytes[offset + 2] as number) << 16) |
    ((bytes[offset + 3] as number) << 24)
  )
}
