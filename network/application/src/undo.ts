import { bytes, type Decoded, list, optional, struct, versioned } from '@cresset/core-codec'
import type { StateTree, TreeUpdate } from '@cresset/core-state-tree'
import {
  type BlockLog,
  heightPart,
  type KeyValueStore,
  layout,
  MAX_KEY_BYTES,
  type Store,
  storedKey,
  type Write,
} from '@cresset/network-storage'
import { type Head, headCodec } from './head.ts'
import { headKey } from './opening.ts'

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

export interface UndoBatch {
  readonly writes: Write[]
  readonly head: Head
  /** Undefined when the block left the state as it was. */
  readonly update: TreeUpdate | undefined
}

/** Everything that takes the newest block back; undefined when what that needs is pruned. */
export function undoWrites(from: { tree: StateTree; head: Head; log: BlockLog; store: Store }): UndoBatch | undefined {
  const { tree, head, log, store } = from
  const recordKey = storedKey(layout.undo, heightPart(head.height))
  const stored = store.get(recordKey)
  if (stored === undefined) return undefined
  const record = undoCodec.decode(stored)
  if (!tree.versionExists(record.head.height)) return undefined
  const update = tree.version === head.height ? tree.undo() : undefined
  const writes: Write[] = [
    ...(update?.writes ?? []),
    ...log.removeWrites(head.height),
    ...record.entries.map(({ key, before }) => ({ key, value: before })),
    { key: storedKey(layout.blockEvents, heightPart(head.height)), value: undefined },
    { key: recordKey, value: undefined },
    { key: headKey, value: headCodec.encode(record.head) },
  ]
  return { writes, head: record.head, update }
}
