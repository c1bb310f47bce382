/**
 * HalfSipHash-1-3 with 32-bit output. Owner names are chosen by whoever registers them, so the table's hash is keyed: without the
 * key nobody can choose names that fall into one slot.
 */
export class NameHash {
  readonly #key0: number
  readonly #key1: number

  /** Two words of 32 bits from a random source. */
  constructor(key: readonly [number, number]) {
    this.#key0 = key[0] | 0
    this.#key1 = key[1] | 0
  }

  /** Hash of `bytes` from `start` to `end`, an unsigned 32-bit number. */
  hash(bytes: Uint8Array, start: number, end: number): number {
    let v0 = this.#key0
    let v1 = this.#key1
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
    v2 ^= 0xff
    for (let round = 0; round < 3; round++) {
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
    return (v1 ^ v3) >>> 0
  }
}
