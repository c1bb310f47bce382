import { keysBelow, layout, type Store } from '@cresset/network-storage'

const DELETES_A_BATCH = 20_000

/** Deletes state, indexes and blocks, in batches: all but what the store says of itself. */
export async function clearState(store: Store): Promise<void> {
  for (const space of Object.values(layout)) {
    if (space === layout.meta) continue
    for (;;) {
      const keys = [...store.range({ ...keysBelow(space), limit: DELETES_A_BATCH })].map(([key]) => key)
      if (keys.length === 0) break
      await store.write(keys.map((key) => ({ key, value: undefined })))
    }
  }
}
