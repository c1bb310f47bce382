import { StateTree } from '@cresset/core-state-tree'
import type { VoteRecord } from '@cresset/network-consensus/interface'
import {
  layout,
  openMemoryStore,
  type RangeOptions,
  type Store,
  type StoreStatistics,
  type Write,
} from '@cresset/network-storage'

/** A process' hold on its disk: everything it does after its end is without effect. */
export interface Owner {
  readonly alive: boolean
  /** An effect was carried out; the process may end right after it. */
  effect(name: string): void
  /** Disk time of a flush. */
  flushMs(): number
  after(delayMs: number, name: string, run: () => void): void
}

interface Waiting<T> {
  readonly value: T
  readonly done: () => void
}

/**
 * What outlives a crash: flushed batches and records. Writes that were under way at the crash are kept up to some point
 * and lost from there on, each batch whole or not at all.
 */
export class Disk {
  #kept: Store = openMemoryStore()
  #votes: Uint8Array[] = []
  readonly #batches: Waiting<readonly Write[]>[] = []
  readonly #appends: Waiting<readonly Uint8Array[] | { replaced: readonly Uint8Array[] }>[] = []

  /** Records that would be there after a power cut now. */
  get durableVotes(): readonly Uint8Array[] {
    return this.#votes
  }

  /** The power fails: `keep` says of each write under way, in order, whether it still reached the disk. */
  async crash(keep: () => boolean): Promise<void> {
    let kept = true
    for (const { value } of this.#batches.splice(0)) {
      kept = kept && keep()
      if (kept) await this.#kept.write(value)
    }
    kept = true
    for (const { value } of this.#appends.splice(0)) {
      kept = kept && keep()
      if (kept) this.#apply(value)
    }
  }

  /** The vote record as it was when its key was made; none: it was lost. */
  resetVotes(...records: readonly Uint8Array[]): void {
    this.#votes = [...records]
    this.#appends.length = 0
  }

  /** Blocks and state are gone, the vote record is not. */
  wipeState(): void {
    this.#kept = openMemoryStore()
    this.#batches.length = 0
  }

  /** State entries as they are on the disk, to be looked through from outside. */
  *entries(): Generator<{ key: Uint8Array; value: Uint8Array }> {
    yield* StateTree.open(this.#kept, { prefix: Uint8Array.of(layout.tree), cacheEntries: 0 }).iterate()
  }

  openStore(owner: Owner): Store {
    return new SimulatedStore(this.#kept, this.#batches, owner)
  }

  openVotes(owner: Owner): VoteRecord {
    const write = (value: Waiting<readonly Uint8Array[]>['value'] | { replaced: readonly Uint8Array[] }) =>
      new Promise<void>((resolve) => {
        if (!owner.alive) return
        const waiting = { value, done: resolve }
        this.#appends.push(waiting)
        owner.effect('vote record append')
        owner.after(owner.flushMs(), 'vote record durable', () => {
          // One flush makes all that was appended before durable.
          for (const earlier of this.#appends.splice(0, this.#appends.indexOf(waiting) + 1)) {
            if (!owner.alive) return
            this.#apply(earlier.value)
            earlier.done()
            owner.effect('vote record flush')
          }
        })
      })
    return {
      read: () => [...this.#votes],
      append: (record) => write([record]),
      compact: (records) => write({ replaced: records }),
    }
  }

  #apply(value: readonly Uint8Array[] | { replaced: readonly Uint8Array[] }): void {
    this.#votes = 'replaced' in value ? [...value.replaced] : [...this.#votes, ...value]
  }
}

/** A store whose batches take time to become durable, and are visible only then. */
class SimulatedStore implements Store {
  readonly #kept: Store
  readonly #batches: Waiting<readonly Write[]>[]
  readonly #owner: Owner

  constructor(kept: Store, batches: Waiting<readonly Write[]>[], owner: Owner) {
    this.#kept = kept
    this.#batches = batches
    this.#owner = owner
  }

  get statistics(): StoreStatistics {
    return this.#kept.statistics
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#kept.get(key)
  }

  range(options: RangeOptions): Iterable<[Uint8Array, Uint8Array]> {
    return this.#kept.range(options)
  }

  write(batch: readonly Write[]): Promise<void> {
    return new Promise((resolve) => {
      if (!this.#owner.alive) return
      const waiting = { value: batch, done: resolve }
      this.#batches.push(waiting)
      this.#owner.effect('store write')
      this.#owner.after(this.#owner.flushMs(), 'store durable', () => {
        for (const earlier of this.#batches.splice(0, this.#batches.indexOf(waiting) + 1)) {
          void this.#kept.write(earlier.value).then(() => {
            this.#owner.effect('store flush')
            if (this.#owner.alive) earlier.done()
          })
        }
      })
    })
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}
