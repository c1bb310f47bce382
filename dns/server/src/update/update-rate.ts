/** Updates that a key may send at once after a rest, as seconds of its rate. */
const BURST_SECONDS = 5

/** How many updates each key may send: one number a key, the time at which its share is whole again. */
export class UpdateRate {
  readonly #msForOne: number
  readonly #wholeAtMs = new Map<string, number>()

  constructor(updatesPerSecond: number) {
    this.#msForOne = 1_000 / updatesPerSecond
  }

  /** True when one more may be looked at. `key` is one of a few names. */
  take(key: string, nowMs: number): boolean {
    const wholeAtMs = Math.max(this.#wholeAtMs.get(key) ?? 0, nowMs) + this.#msForOne
    if (wholeAtMs > nowMs + Math.max(1_000 * BURST_SECONDS, this.#msForOne)) return false
    this.#wholeAtMs.set(key, wholeAtMs)
    return true
  }
}
