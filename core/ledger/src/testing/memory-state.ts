import type { Change, StateView } from '../state-view.ts'

/** Bytes as the characters 0 to 255: short, and in the order of the bytes. */
export function nameOf(key: Uint8Array): string {
  return String.fromCharCode.apply(null, key as unknown as number[])
}

/** A state in a map, which counts how often it is read. */
export class MemoryState implements StateView {
  readonly #entries = new Map<string, { readonly key: Uint8Array; readonly value: Uint8Array }>()
  reads = 0

  get(key: Uint8Array): Uint8Array | undefined {
    this.reads++
    return this.#entries.get(nameOf(key))?.value
  }

  apply(changes: readonly Change[]): void {
    for (const { key, value } of changes) {
      if (value === undefined) this.#entries.delete(nameOf(key))
      else this.#entries.set(nameOf(key), { key: key.slice(), value })
    }
  }

  get size(): number {
    return this.#entries.size
  }

  /** In the order of their keys. */
  entries(): { key: Uint8Array; value: Uint8Array }[] {
    return [...this.#entries.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, entry]) => entry)
  }

  copy(): MemoryState {
    const copy = new MemoryState()
    for (const [name, entry] of this.#entries) copy.#entries.set(name, entry)
    return copy
  }
}
