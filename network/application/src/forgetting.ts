import { type BlockLog, heightPart, layout, type Store, storedKey, type Write } from '@cresset/network-storage'
import { forgetArchivedWrites } from './record-archive.ts'

/** Least setting of a node: who fetches a snapshot may need the blocks after it for as long as it is held, 16,384 blocks. */
export const MIN_KEEP_BLOCKS = 20_000

/** Blocks forgotten by one commit: one falls due, the others are left from a greater setting. */
const MAX_FORGOTTEN_BLOCKS = 8
/** Deletes after which the next block waits for the next commit, so that none takes long. */
const ENOUGH_DELETES = 4_096

/** Deletes of the oldest blocks below `keepFrom` with all that belongs to them: a bounded number, the rest falls to later commits. */
export function forgetWrites(store: Store, log: BlockLog, keepFrom: number): Write[] {
  if (keepFrom <= 0) return []
  const writes: Write[] = []
  const oldest = log.oldestHeight ?? keepFrom
  const end = Math.min(keepFrom, oldest + MAX_FORGOTTEN_BLOCKS)
  for (let height = oldest; height < end && writes.length < ENOUGH_DELETES; height++) {
    // One by one: a block can have more than a call takes arguments.
    for (const write of log.removeWrites(height)) writes.push(write)
    for (const write of forgetArchivedWrites(store, height)) writes.push(write)
    writes.push({ key: storedKey(layout.blockEvents, heightPart(height)), value: undefined })
  }
  return writes
}
