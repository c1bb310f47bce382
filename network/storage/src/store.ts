import type { KeyValueStore, Write } from '@cresset/core-state-tree'

export type { KeyValueStore, RangeOptions, Write } from '@cresset/core-state-tree'

/** Ordered map from byte keys to byte values that survives what it says it survives. */
export interface Store extends KeyValueStore {
  /**
   * Commits the batch whole or not at all; of two writes of one key the later counts. Resolves when it is durable: neither a
   * killed process nor a power cut loses it then. Reads see all of it from then on and nothing of it before the call
   * returns. Batches take effect in the order of the calls. Rejects with StoreError.
   */
  write(batch: readonly Write[]): Promise<void>
  readonly statistics: StoreStatistics
  /** Waits for writes under way. Reads and writes throw StoreError `closed` afterwards. */
  close(): Promise<void>
}

/** Counted since the store was opened. */
export interface StoreStatistics {
  /** Batches made durable; each waited for the disk. */
  readonly flushes: number
  /** Puts and deletes in them. */
  readonly puts: number
  /** Keys and values put, in bytes. */
  readonly bytes: number
}

/** Longest key in bytes, in every store. */
export const MAX_KEY_BYTES = 511

/** Greatest length of one value in bytes, in every store. */
export const MAX_STORED_VALUE_BYTES = 64 << 20
