import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLmdbStore } from './lmdb-store.ts'
import { storeComplianceSuite } from './testing/store-compliance.ts'

storeComplianceSuite('lmdb', async () => {
  const path = await mkdtemp(join(tmpdir(), 'cresset-store-'))
  // A small map, so that it grows while the suite runs.
  let store = await openLmdbStore({ path, mapBytes: 1 << 20 })
  return {
    store,
    async reopen() {
      await store.close()
      store = await openLmdbStore({ path })
      return store
    },
    async dispose() {
      await store.close()
      await rm(path, { recursive: true })
    },
  }
})
