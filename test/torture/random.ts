/** Numbers that a seed repeats (mulberry32), with what episodes draw from them. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** At least 0, below 1. */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit)
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  shuffled<T>(items: readonly T[]): T[] {
    const order = [...items]
    for (let index = order.length - 1; index > 0; index--) {
      const other = this.below(index + 1)
      const item = order[index] as T
      order[index] = order[other] as T
      order[other] = item
    }
    return order
  }
}
