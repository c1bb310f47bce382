import { keysBelow, layout, type Store } from '@cresset/network-storage'

const DELETES_A_BATCH = 20_000

/** Deletes state, indexes and blocks, in batches. */
export async function clearState(store: Store): Promise<void> {
  const spaces = [
    layout.tree,
    layout.nameIndex,
    layout.ownerIndex,
    layout.undo,
    layout.blockEvents,
    layout.replacedRecords,
    layout.validatorSets,
    layout.validatorChanges,
  ] as const
  const blocks = [layout.blocks, layout.certificates, layout.receipts, layout.changedNames] as const
  for (const space of [...spaces, ...blocks, layout.transactionIndex, layout.blockHashIndex] as const) {
    for (;;) {
      const keys = [...store.range({ ...keysBelow(space), limit: DELETES_A_BATCH })].map(([key]) => key)
      if (keys.length === 0) break
      await store.write(keys.map((key) => ({ key, value: undefined })))
    }
  }
}
