import { type BytesKey, bytesKey } from '@cresset/network-application'

/** Transactions whose way is measured at once; beyond that new ones are not. */
const MAX_MEASURED = 20_000

/** Measures how long transactions sent to this node take to their durable commit. */
export class FinalityClock {
  readonly #sentAtMs = new Map<BytesKey, number>()

  sent(id: Uint8Array): void {
    if (this.#sentAtMs.size < MAX_MEASURED) this.#sentAtMs.set(bytesKey(id), performance.now())
  }

  /** Seconds since `sent`; undefined for a transaction that came another way. */
  committed(id: Uint8Array): number | undefined {
    if (this.#sentAtMs.size === 0) return undefined
    const key = bytesKey(id)
    const sentAtMs = this.#sentAtMs.get(key)
    if (sentAtMs === undefined) return undefined
    this.#sentAtMs.delete(key)
    return (performance.now() - sentAtMs) / 1_000
  }
}
