import { setTimeout as pause, setImmediate as turn } from 'node:timers/promises'
import { equalBytes } from '@cresset/core-codec'
import type { Store, Write } from '@cresset/network-storage'
import type { LedgerApplication } from '../ledger-application.ts'
import type { ExecutedBlock } from '../queries.ts'
import { type AccountFilter, AccountIndex, type AccountPage, rowsOfTransaction } from './account-index.ts'

export interface AccountIndexerOptions {
  readonly application: Pick<LedgerApplication, 'feed' | 'genesisDigest' | 'head' | 'pendingTransactions' | 'queries'>
  /** Of the index alone. Closed by whoever opened it, after `close`. */
  readonly store: Store
  /** After a commit it waits this long for more. Default 1 s. */
  readonly pauseMs?: number
  /** It could not go on and answers nothing more: its store failed. Nothing else of the node needs it. */
  readonly onProblem: (error: Error) => void
}

const defaultPauseMs = 1_000
/** Of one batch, unless a single block has more. */
const maxBatchTransactions = 4_096
const maxBatchBlocks = 256
/** Made and written between two turns of the event loop: a few milliseconds' work, so that agreement waits no longer for it. */
const rowsAPortion = 128
/** Portions of old rows after each batch: four rows are looked at for one that is new, of which every third is deleted. */
const sweepPortions = 64
/** Rest for each moment of work, so that a node that has much to index gives it no more than a third of its time. */
const restPerWork = 2
/** While so many transactions wait for a block the node needs its time for them, and the index gets behind. */
const busyTransactions = 256
const busyRestPerWork = 50
const maxRestMs = 2_000

/** Fills the index of accounts from committed blocks, behind the commits, in batches; after a restart it goes on where it was. */
export class AccountIndexer {
  readonly #application: AccountIndexerOptions['application']
  readonly #index: AccountIndex
  readonly #pauseMs: number
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  #hasFailed = false
  #workingSinceMs = 0

  constructor({ application, store, pauseMs = defaultPauseMs, onProblem }: AccountIndexerOptions) {
    this.#application = application
    this.#index = new AccountIndex(store, application.genesisDigest)
    this.#pauseMs = pauseMs
    this.#running = this.#run().catch((error: unknown) => {
      this.#hasFailed = true
      onProblem(error as Error)
    })
  }

  /** Transactions of an account, newest first; undefined when the index failed. Rows can be newer than the height it goes up to. */
  page(account: Uint8Array, filter: AccountFilter): AccountPage | undefined {
    return this.#hasFailed ? undefined : this.#index.page(account, filter, this.#application.queries.oldestHeight)
  }

  /** Resolves when the batch under way is written. */
  async close(): Promise<void> {
    this.#stop.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      this.#workingSinceMs = performance.now()
      const hasIndexed = await this.#indexBatch()
      const hasSwept = await this.#sweep()
      if (hasIndexed || hasSwept) {
        await this.#rest()
        continue
      }
      await this.#nextCommit()
      await this.#pause(this.#pauseMs)
    }
  }

  /** Looks at as many old rows as keep pace with a batch of new ones. False when there was nothing to do. */
  async #sweep(): Promise<boolean> {
    for (let portion = 0; portion < sweepPortions && !this.#stop.signal.aborted; portion++) {
      if (!(await this.#index.sweep(this.#application.queries.oldestHeight ?? 1))) return portion > 0
      await this.#rest()
    }
    return true
  }

  async #rest(): Promise<void> {
    const isBusy = this.#application.pendingTransactions().count >= busyTransactions
    const workedMs = performance.now() - this.#workingSinceMs
    await this.#pause(Math.min(maxRestMs, workedMs * (isBusy ? busyRestPerWork : restPerWork)))
    this.#workingSinceMs = performance.now()
  }

  async #pause(ms: number): Promise<void> {
    await pause(ms, undefined, { signal: this.#stop.signal }).catch(() => undefined)
  }

  /** Indexes what a batch holds. False when there was nothing to index. */
  async #indexBatch(): Promise<boolean> {
    const after = await this.#lastIndexed()
    const rows: Write[] = []
    let last: ExecutedBlock | undefined
    let transactions = 0
    for (let height = after + 1; height <= after + maxBatchBlocks; height++) {
      const block = this.#application.queries.executed(height)
      if (block === undefined || this.#stop.signal.aborted) break
      transactions += block.transactions.length
      if (last !== undefined && transactions > maxBatchTransactions) break
      await this.#addRows(block, rows)
      last = block
    }
    if (last === undefined) return false
    await this.#index.finish(rows, last)
    return true
  }

  /** Adds a block's rows; full portions are written at once, so that neither reading nor writing holds up the event loop for long. */
  async #addRows(block: ExecutedBlock, rows: Write[]): Promise<void> {
    for (let index = 0; index < block.transactions.length; index++) {
      rows.push(...rowsOfTransaction(block, index))
      if (rows.length < rowsAPortion) continue
      await this.#index.append(rows.splice(0))
      await this.#rest()
    }
    await turn()
  }

  /** The block to go on after. Where the next one is not kept any more, that is a newer one; where the rows are of other blocks, all are made anew. */
  async #lastIndexed(): Promise<number> {
    const { head, queries } = this.#application
    const last = this.#index.progress
    const isOnChain =
      last !== undefined &&
      (last.height === 0 ||
        isSame(queries.block(last.height)?.blockHash, last.blockHash) ||
        isSame(queries.header(last.height + 1)?.parentHash, last.blockHash))
    if (isOnChain && (last.height === head.height || queries.executed(last.height + 1) !== undefined))
      return last.height
    const first = this.#beginning()
    if (last !== undefined && last.height <= first.height) await this.#index.skipTo(first)
    else await this.#index.restart(first)
    return first.height
  }

  /** The newest block before the first one whose transactions can be indexed. A restored snapshot brings its block without receipts. */
  #beginning(): { readonly height: number; readonly blockHash: Uint8Array } {
    const { genesisDigest, queries } = this.#application
    const oldest = queries.oldestHeight
    const first = oldest === undefined || oldest === 1 ? undefined : queries.block(oldest)
    if (first === undefined) return { height: 0, blockHash: genesisDigest }
    const { height } = first
    const blockHash = queries.executed(height) && queries.header(height)?.parentHash
    return blockHash === undefined ? first : { height: height - 1, blockHash }
  }

  #nextCommit(): Promise<void> {
    const { signal } = this.#stop
    return new Promise((resolve) => {
      const end = (): void => {
        off()
        signal.removeEventListener('abort', end)
        resolve()
      }
      const off = this.#application.feed.onCommit(end)
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    })
  }
}

const isSame = (a: Uint8Array | undefined, b: Uint8Array): boolean => a !== undefined && equalBytes(a, b)
