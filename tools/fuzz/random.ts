/** Seeded random numbers that are the same on every machine: xoshiro128** started by splitmix32. Not for secrets. */
export class Random {
  readonly #state: Uint32Array

  /** All numbers count: `new Random(seed, run)` gives each run of a seed a stream of its own. */
  constructor(...seeds: readonly number[]) {
    let mixed = 0x9e3779b9
    const next = (): number => {
      mixed = (mixed + 0x9e3779b9) | 0
      let z = mixed
      z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
      return (z ^ (z >>> 15)) >>> 0
    }
    for (const seed of seeds) {
      // Both halves of a number beyond 32 bits take part.
      mixed = next() ^ (seed >>> 0)
      mixed = next() ^ Math.trunc(seed / 2 ** 32)
    }
    this.#state = Uint32Array.from([next(), next(), next(), next() | 1])
  }

  /** 0 … 2³²−1. */
  uint32(): number {
    const s = this.#state as Uint32Array & { 0: number; 1: number; 2: number; 3: number }
    const scrambled = Math.imul(s[1], 5)
    const result = Math.imul((scrambled << 7) | (scrambled >>> 25), 9) >>> 0
    const shifted = s[1] << 9
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= shifted
    s[3] = (s[3] << 11) | (s[3] >>> 21)
    return result
  }

  /** 0 … bound−1; the bias of the remainder does not matter for tests. */
  below(bound: number): number {
    return this.uint32() % bound
  }

  /** True once in `times`. */
  oneIn(times: number): boolean {
    return this.below(times) === 0
  }

  bytes(length: number): Uint8Array {
    const result = new Uint8Array(length)
    for (let at = 0; at < length; at++) result[at] = this.uint32()
    return result
  }

  pick<T>(list: readonly T[]): T {
    if (list.length === 0) throw new RangeError('nothing to pick from')
    return list[this.below(list.length)] as T
  }
}
