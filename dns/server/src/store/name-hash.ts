/** Behind the last word, for each half of the output. */
const LAST_ROUNDS = 3

/**
 * HalfSipHash-1-3 (Aumasson, 2016), for tables of what strangers choose, such as owner names: without the key nobody can choose what falls into one
 * slot. Too short to sign anything with.
 */
export class NameHash {
  /** The second half of the last hash, if it is wide; signed. */
  high = 0
  readonly #key0: number
  readonly #key1: number
  readonly #isWide: boolean

  /** Two words of 32 bits from a random source. A wide hash has 64 bits, and is another one. */
  constructor(key: readonly [number, number], { isWide = false } = {}) {
    this.#key0 = key[0] | 0
    this.#key1 = key[1] | 0
    this.#isWide = isWide
  }

  /** Hash of `bytes` from `start` to `end`, an unsigned 32-bit number; of a wide one the first half, the second being in `high`. */
  hash(bytes: Uint8Array, start: number, end: number): number {
    const isWide = this.#isWide
    const lastRounds = isWide ? 2 * LAST_ROUNDS : LAST_ROUNDS
    let firstHalf = 0
    let v0 = this.#key0
    let v1 = isWide ? this.#key1 ^ 0xee : this.#key1
    let v2 = 0x6c796765 ^ this.#key0
    let v3 = 0x74656462 ^ this.#key1
    const length = end - start
    const wholeEnd = end - (length & 3)
    for (let offset = start; offset <= wholeEnd; offset += 4) {
      let word: number
      if (offset < wholeEnd) {
        word =
          (bytes[offset] as number) |
          ((bytes[offset + 1] as number) << 8) |
          ((bytes[offset + 2] as number) << 16) |
          ((bytes[offset + 3] as number) << 24)
      } else {
        word = length << 24
        for (let index = offset; index < end; index++) word |= (bytes[index] as number) << (8 * (index - offset))
      }
      v3 ^= word
      // One round; the same four lines as in the finish below, spelled out because a call here doubles the time.
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
      v0 ^= word
    }
    v2 ^= isWide ? 0xee : 0xff
    for (let round = 0; round < lastRounds; round++) {
      if (round === LAST_ROUNDS) {
        firstHalf = v1 ^ v3
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
    }
    if (!isWide) return (v1 ^ v3) >>> 0
    this.high = v1 ^ v3
    return firstHalf >>> 0
  }
}
