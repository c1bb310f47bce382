import { fromHex, toHex } from '@cresset/core-codec'
import type { Change, StateView } from '../state-view.ts'

/** A state in a map, which counts how often it is read. */
export class MemoryState implements StateView {
  readonly #entries = new Map<string, Uint8Array>()
  reads = 0

  get(key: Uint8Array): Uint8Array | undefined {
    this.reads++
    return this.#entries.get(toHex(key))
  }

  apply(changes: readonly Change[]): void {
    for (const { key, value } of changes) {
      if (value === undefined) this.#entries.delete(toHex(key))
      else this.#entries.set(toHex(key), value)
    }
  }

  get size(): number {
    return this.#entries.size
  }

  /** In the order of their keys. */
  entries(): { key: Uint8Array; value: Uint8Array }[] {
    return [...this.#entries.entries()]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ key: fromHex(key), value }))
  }

  copy(): MemoryState {
    const copy = new MemoryState()
    for (const [key, value] of this.#entries) copy.#entries.set(key, value)
    return copy
  }
}
