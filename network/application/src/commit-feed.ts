import type { LedgerEvent } from '@cresset/core-ledger'

/** What one committed block did. `reverted` tells that the block was taken back (engines without instant finality). */
export interface CommitEvent {
  readonly height: number
  readonly timeMs: number
  readonly blockHash: Uint8Array
  readonly stateRoot: Uint8Array
  readonly final: boolean
  readonly reverted: boolean
  readonly transactions: readonly {
    readonly id: Uint8Array
    readonly code: string
    readonly events: readonly LedgerEvent[]
  }[]
  /** What fell due in the block whatever its transactions. */
  readonly blockEvents: readonly LedgerEvent[]
  /** Owner names whose DNS data changed. */
  readonly changedNames: readonly string[]
}

/** A reader asked for a height that this node has pruned. */
export class FeedGapError extends Error {
  readonly code = 'pruned'
  constructor(height: number) {
    super(`block ${height} is no longer kept here; read the state and follow from now`)
    this.name = 'FeedGapError'
  }
}

interface Signal {
  readonly promise: Promise<void>
  readonly resolve: () => void
}

function makeSignal(): Signal {
  let resolve = (): void => {}
  const promise = new Promise<void>((done) => {
    resolve = done
  })
  return { promise, resolve }
}

/**
 * Blocks and transactions of the newest events that stay in memory; older ones are read from the block log. Full blocks
 * are thousands of objects that the collector would visit again and again, for readers that are seldom behind.
 */
const MAX_RECENT_BLOCKS = 256
const MAX_RECENT_TRANSACTIONS = 1024

/**
 * Commit events in order. A reader pulls at its own pace from the block log, so a slow one costs no memory and misses
 * nothing while the node keeps the blocks.
 */
export class CommitFeed {
  readonly #recall: (height: number) => CommitEvent | undefined
  readonly #handlers = new Set<(event: CommitEvent) => void>()
  readonly #jumpHandlers = new Set<(height: number) => void>()
  readonly #recent: CommitEvent[] = []
  #recentTransactions = 0
  #height: number
  #wake: Signal = makeSignal()

  /** `recall` reads an older event back; `height` is the newest committed one. */
  constructor(height: number, recall: (height: number) => CommitEvent | undefined) {
    this.#height = height
    this.#recall = recall
  }

  /** Called at once at each commit, in order. Returns the function that ends it. */
  onCommit(handler: (event: CommitEvent) => void): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  /** Called when a restored snapshot took the place of the state: what was derived from the state is out of date. */
  onJump(handler: (height: number) => void): () => void {
    this.#jumpHandlers.add(handler)
    return () => this.#jumpHandlers.delete(handler)
  }

  publish(event: CommitEvent): void {
    this.#height = event.reverted ? event.height - 1 : event.height
    if (event.reverted) {
      while (this.#recent.length > 0 && this.#recent.at(-1)!.height >= event.height) this.#forget(this.#recent.pop()!)
    } else {
      this.#recent.push(event)
      this.#recentTransactions += event.transactions.length
      while (this.#recent.length > 1 && this.#isOverfull()) this.#forget(this.#recent.shift()!)
    }
    for (const handler of this.#handlers) handler(event)
    this.#wake.resolve()
    this.#wake = makeSignal()
  }

  /** A restored snapshot put the ledger at another height; there are no events of the blocks before. */
  jump(height: number): void {
    this.#height = height
    this.#recent.length = 0
    this.#recentTransactions = 0
    for (const handler of this.#jumpHandlers) handler(height)
    // Whoever follows was told of no block; it looks again, and finds either the next one or a gap.
    this.#wake.resolve()
    this.#wake = makeSignal()
  }

  /** The event of one height, from memory or from the block log. */
  event(height: number): CommitEvent | undefined {
    const oldest = this.#recent[0]
    if (oldest !== undefined && height >= oldest.height) return this.#recent[height - oldest.height]
    return this.#recall(height)
  }

  /**
   * Events from a height on (from the next block if none is given) until the signal aborts.
   * @throws FeedGapError when the height is no longer kept.
   */
  async *follow(fromHeight: number | undefined, signal: AbortSignal): AsyncGenerator<CommitEvent> {
    const aborted = makeSignal()
    const stop = (): void => aborted.resolve()
    signal.addEventListener('abort', stop, { once: true })
    try {
      let next = Math.max(1, fromHeight ?? this.#height + 1)
      while (!signal.aborted) {
        if (next > this.#height) {
          await Promise.race([this.#wake.promise, aborted.promise])
          continue
        }
        const event = this.event(next)
        if (event === undefined) throw new FeedGapError(next)
        yield event
        next++
      }
    } finally {
      signal.removeEventListener('abort', stop)
    }
  }
  #isOverfull(): boolean {
    return this.#recent.length > MAX_RECENT_BLOCKS || this.#recentTransactions > MAX_RECENT_TRANSACTIONS
  }

  #forget(event: CommitEvent): void {
    this.#recentTransactions -= event.transactions.length
  }
}
