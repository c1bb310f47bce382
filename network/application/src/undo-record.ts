import { bytes, type Decoded, list, optional, struct, versioned } from '@cresset/core-codec'
import { type KeyValueStore, MAX_KEY_BYTES, type Write } from '@cresset/network-storage'
import { headCodec } from './head.ts'

/** Index entries that one block can change: two a name, and a block gives or takes far fewer names. */
const MAX_ENTRIES = 1_000_000

/** What has to be put back when a block is undone, besides the state: the tree and the block log undo themselves. */
export const undoCodec = versioned(1, {
  /** The newest block after the undo. */
  head: headCodec,
  entries: list(struct({ key: bytes({ maxBytes: MAX_KEY_BYTES }), before: optional(bytes({ maxBytes: 1_024 })) }), {
    maxItems: MAX_ENTRIES,
  }),
})

export type UndoRecord = Decoded<typeof undoCodec>

/** The values that `writes` will replace. */
export function entriesBefore(store: KeyValueStore, writes: readonly Write[]): UndoRecord['entries'] {
  return writes.map(({ key }) => ({ key, before: store.get(key) }))
}
