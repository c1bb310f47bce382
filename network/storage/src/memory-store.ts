import { checkBatch, checkKey } from './batch.ts'
import { SortedEntries } from './sorted-entries.ts'
import type { RangeOptions, Store, StoreStatistics, Write } from './store.ts'
import { StoreError } from './store-error.ts'

/** A store that keeps nothing beyond its process; same behaviour otherwise. */
export function openMemoryStore(): Store {
  return new MemoryStore()
}

class MemoryStore implements Store {
  readonly #entries = new SortedEntries()
  #isClosed = false
  #statistics: StoreStatistics = { flushes: 0, puts: 0, bytes: 0 }

  get statistics(): StoreStatistics {
    return this.#statistics
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen()
    checkKey(key)
    return this.#entries.get(key)
  }

  *range({
    gte,
    lt,
    reverse = false,
    limit = Number.MAX_SAFE_INTEGER,
  }: RangeOptions): Generator<[Uint8Array, Uint8Array]> {
    this.#assertOpen()
    checkKey(gte)
    checkKey(lt)
    for (const { key, value } of this.#entries.range(gte, lt, limit, reverse)) yield [key, value]
  }

  async write(batch: readonly Write[]): Promise<void> {
    this.#assertOpen()
    const { puts, bytes } = checkBatch(batch)
    // Not visible at once, so that nobody comes to rely on reading what is not yet durable.
    await undefined
    for (const { key, value } of batch) {
      if (value === undefined) this.#entries.delete(key)
      else this.#entries.set(key, value)
    }
    const { flushes, puts: putsBefore, bytes: bytesBefore } = this.#statistics
    this.#statistics = { flushes: flushes + 1, puts: putsBefore + puts, bytes: bytesBefore + bytes }
  }

  async close(): Promise<void> {
    await undefined
    this.#isClosed = true
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new StoreError('closed', 'the memory store is closed')
  }
}
