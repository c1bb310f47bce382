import {
  CodecError,
  compareBytes,
  type Decoded,
  equalBytes,
  hash32,
  uint53,
  utf8,
  versioned,
} from '@cresset/core-codec'
import { type ActionKind, receiptCodec, transactionCodec } from '@cresset/core-ledger'
import { keysBelow, layout, type Store, storedKey, type Write } from '@cresset/network-storage'
import type { ExecutedBlock } from '../queries.ts'
import { type AccountRow, accountRowCodec, accountRowKey, placeOfKey, type TransactionPlace } from './account-row.ts'
import { partsOfTransaction } from './parts-of-transaction.ts'
import { RowSweep } from './row-sweep.ts'

/** Which blocks the rows are of: all from `fromHeight` to `height`, whose block has this hash. */
const progressCodec = versioned(1, { genesisDigest: hash32, fromHeight: uint53, height: uint53, blockHash: hash32 })
export type IndexProgress = Decoded<typeof progressCodec>

const progressKey = storedKey(layout.meta, utf8('account-index'))

export interface AccountTransaction extends AccountRow, TransactionPlace {}

export interface AccountPage {
  readonly transactions: readonly AccountTransaction[]
  /** The rows are of all blocks from here … */
  readonly fromHeight: number
  /** … to here. Below `fromHeight` when no block is indexed yet. */
  readonly height: number
  /** Place of the last row that was looked at, when there may be older ones: `before` of the next page. */
  readonly next: TransactionPlace | undefined
}

export interface AccountFilter {
  readonly kind?: ActionKind | undefined
  /** Only rows of older transactions than the one at this place. */
  readonly before?: TransactionPlace | undefined
  readonly limit: number
}

/** Rows that one page looks at: a filter that matches little costs a request no more than another. */
const maxRowsRead = 2_000
const deletesABatch = 20_000

/**
 * Transactions by account, newest first, in a store of its own: it follows from blocks and receipts, is no part of the state, and its
 * writes are none of a commit's.
 */
export class AccountIndex {
  readonly #store: Store
  readonly #genesisDigest: Uint8Array
  readonly #sweep: RowSweep
  #progress: IndexProgress | undefined

  constructor(store: Store, genesisDigest: Uint8Array) {
    this.#store = store
    this.#genesisDigest = genesisDigest
    this.#progress = this.#readProgress()
    this.#sweep = new RowSweep(store)
  }

  /** Undefined before the first block. */
  get progress(): IndexProgress | undefined {
    return this.#progress
  }

  /** Writes rows ahead: they count when `finish` was told of their block, and can be written again. */
  async append(rows: readonly Write[]): Promise<void> {
    await this.#store.write(rows)
  }

  /** Writes the last rows, and that with them those of all blocks up to this one are there. */
  async finish(
    rows: readonly Write[],
    { height, blockHash }: { readonly height: number; readonly blockHash: Uint8Array },
  ): Promise<void> {
    const fromHeight = this.#progress?.fromHeight ?? height
    await this.#advance(rows, { genesisDigest: this.#genesisDigest, fromHeight, height, blockHash })
  }

  /** Forgets all rows. What follows begins after this block. */
  async restart(after: { readonly height: number; readonly blockHash: Uint8Array }): Promise<void> {
    this.#progress = undefined
    await this.#store.write([{ key: progressKey, value: undefined }, this.#sweep.reset()])
    for (;;) {
      const old = [...this.#store.range({ ...keysBelow(layout.accountIndex), limit: deletesABatch })]
      if (old.length === 0) break
      await this.#store.write(old.map(([key]) => ({ key, value: undefined })))
    }
    await this.skipTo(after)
  }

  /** What follows begins after this block. The rows so far, all of older blocks, are left to the sweep. */
  async skipTo({ height, blockHash }: { readonly height: number; readonly blockHash: Uint8Array }): Promise<void> {
    await this.#advance([], { genesisDigest: this.#genesisDigest, fromHeight: height + 1, height, blockHash })
  }

  /**
   * Deletes some of the rows of blocks that are no longer kept, once those are half as many as the kept ones: each time all rows are looked
   * at. True when there is more to do.
   */
  async sweep(oldestKept: number): Promise<boolean> {
    const sweep = this.#sweep
    const { height } = this.#progress ?? { height: 0 }
    const forgotten = oldestKept - sweep.below
    if (!sweep.isUnderWay) {
      if (forgotten < 1 || 2 * forgotten < height - oldestKept + 1) return false
      sweep.begin(oldestKept)
    }
    await sweep.portion()
    return sweep.isUnderWay
  }

  /** `oldestKept`: rows of older blocks are left out, whether they are deleted already or not. */
  page(account: Uint8Array, { kind, before, limit }: AccountFilter, oldestKept = 1): AccountPage {
    const { fromHeight: indexedFrom = 1, height = 0 } = this.#progress ?? {}
    const fromHeight = Math.max(indexedFrom, oldestKept)
    const gte = accountRowKey(account, { height: fromHeight, index: 0 })
    const lt = before === undefined ? keysBelow(layout.accountIndex, account).lt : accountRowKey(account, before)
    if (compareBytes(gte, lt) >= 0) return { transactions: [], fromHeight, height, next: undefined }
    const transactions: AccountTransaction[] = []
    let read = 0
    for (const [key, value] of this.#store.range({ gte, lt, reverse: true, limit: maxRowsRead })) {
      const row = accountRowCodec.decode(value)
      const place = placeOfKey(key)
      read += 1
      if (kind === undefined || row.kind === kind) transactions.push({ ...place, ...row })
      if (transactions.length === limit || read === maxRowsRead)
        return { transactions, fromHeight, height, next: place }
    }
    return { transactions, fromHeight, height, next: undefined }
  }

  async #advance(rows: readonly Write[], progress: IndexProgress): Promise<void> {
    await this.#store.write([...rows, { key: progressKey, value: progressCodec.encode(progress) }])
    this.#progress = progress
  }

  #readProgress(): IndexProgress | undefined {
    const stored = this.#store.get(progressKey)
    if (stored === undefined) return undefined
    try {
      const progress = progressCodec.decode(stored)
      return equalBytes(progress.genesisDigest, this.#genesisDigest) ? progress : undefined
    } catch (error) {
      // Of another release: made anew.
      if (error instanceof CodecError) return undefined
      throw error
    }
  }
}

/** The rows of one transaction of a block. */
export function rowsOfTransaction({ timeMs, height, transactions }: ExecutedBlock, index: number): Write[] {
  const { id, bytes, receipt: encoded } = transactions[index] as ExecutedBlock['transactions'][number]
  const receipt = receiptCodec.decode(encoded)
  const transaction = transactionCodec.decode(bytes)
  const { kind } = transaction.unsigned.action
  return partsOfTransaction(transaction, receipt).map(({ account, ...part }) => ({
    key: accountRowKey(account, { height, index }),
    value: accountRowCodec.encode({ id, timeMs, kind, code: receipt.code, ...part }),
  }))
}
