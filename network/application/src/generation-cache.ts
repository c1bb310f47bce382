import { type BytesKey, bytesKey } from './bytes-key.ts'

/**
 * A bounded map that forgets old entries: two generations, and the older one is dropped when the newer one is full. What
 * is read moves to the newer one. It holds at least `maxWeight` / 2 of what was used last, at constant cost.
 */
export class GenerationCache<V> {
  readonly #maxWeight: number
  #newer = new Map<BytesKey, { value: V; weight: number }>()
  #older = new Map<BytesKey, { value: V; weight: number }>()
  #weight = 0

  constructor(maxWeight: number) {
    this.#maxWeight = maxWeight
  }

  get(key: Uint8Array): V | undefined {
    const text = bytesKey(key)
    const found = this.#newer.get(text)
    if (found !== undefined) return found.value
    const old = this.#older.get(text)
    if (old === undefined) return undefined
    this.#insert(text, old)
    return old.value
  }

  set(key: Uint8Array, value: V, weight: number): void {
    this.#insert(bytesKey(key), { value, weight })
  }

  clear(): void {
    this.#newer = new Map()
    this.#older = new Map()
    this.#weight = 0
  }

  #insert(text: BytesKey, entry: { value: V; weight: number }): void {
    if (this.#weight + entry.weight > this.#maxWeight / 2) {
      this.#older = this.#newer
      this.#newer = new Map()
      this.#weight = 0
    }
    const replaced = this.#newer.get(text)
    if (replaced !== undefined) this.#weight -= replaced.weight
    this.#newer.set(text, entry)
    this.#weight += entry.weight
  }
}
