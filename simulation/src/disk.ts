import { StateTree } from '@cresset/core-state-tree'
import { restoringKey } from '@cresset/network-application'
import type { VoteRecord } from '@cresset/network-consensus/interface'
import {
  layout,
  openMemoryStore,
  type RangeOptions,
  readVoteFrames,
  type Store,
  type StoreStatistics,
  VOTE_FILE_HEADER,
  voteFrameOf,
  type Write,
} from '@cresset/network-storage'
import type { Coverage } from './coverage.ts'
import type { Random } from './random.ts'

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

  /** The power fails: of the writes under way, in order, the first ones may still reach the disk, and one a part. */
  async crash(random: Random, coverage: Coverage): Promise<void> {
    let kept = true
    for (const { value } of this.#batches.splice(0)) {
      kept = kept && random.chance(1, 2)
      coverage.see(kept ? 'write kept in a crash' : 'write lost in a crash')
      if (kept) await this.#kept.write(value)
    }
    kept = true
    for (const { value } of this.#appends.splice(0)) {
      const before = kept
      kept = kept && random.chance(1, 2)
      coverage.see(kept ? 'write kept in a crash' : 'write lost in a crash')
      if (kept) this.#apply(value)
      else if (before && !('replaced' in value) && random.chance(1, 2)) {
        this.#tear(value[0] as Uint8Array, random)
        coverage.see('vote record torn')
      }
    }
  }

  /** The end of the vote file as a power cut may leave it: the production's reader says what is in it. */
  #tear(record: Uint8Array, random: Random): void {
    const last = this.#votes.slice(-2)
    const parts: Uint8Array[] = [VOTE_FILE_HEADER]
    let end = VOTE_FILE_HEADER.length
    for (const vote of last) {
      const frame = voteFrameOf(vote, end)
      parts.push(frame)
      end += frame.length
    }
    const torn = voteFrameOf(record, end).slice()
    // Some pages of it arrived, and what did not is zero, as it was written ahead.
    const from = random.between(1, torn.length - 1)
    const to = random.chance(1, 2) ? torn.length : random.between(from + 1, torn.length)
    if (torn.subarray(from, to).every((byte) => byte === 0)) torn[from] = 1
    else torn.fill(0, from, to)
    const { records } = readVoteFrames(Buffer.concat([...parts, torn]))
    this.#votes = [...this.#votes.slice(0, this.#votes.length - last.length), ...records]
  }

  /** The vote record as it was when its key was made; none: it was lost. */
  resetVotes(...records: readonly Uint8Array[]): void {
    this.#votes = [...records]
    this.#appends.length = 0
  }

  /** The vote record as a backup has it: without the newest votes. */
  restoreOldVotes(): void {
    this.#votes = this.#votes.slice(0, Math.max(1, this.#votes.length >> 1))
    this.#appends.length = 0
  }

  /** The newest record is gone, although its flush had ended. */
  loseLastVote(): void {
    this.#votes = this.#votes.slice(0, Math.max(1, this.#votes.length - 1))
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

  /** False for a disk that was emptied, and while a state is fetched: before its last part it is none of the ledger. */
  get hasState(): boolean {
    return this.#kept.get(restoringKey) === undefined && this.entries().next().done !== true
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
    if ('replaced' in value) this.#votes = [...value.replaced]
    else this.#votes.push(...value)
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
