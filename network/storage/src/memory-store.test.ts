import { openMemoryStore } from './memory-store.ts'
import { storeComplianceSuite } from './testing/store-compliance.ts'

storeComplianceSuite('memory', async () => {
  const store = openMemoryStore()
  return { store, dispose: () => store.close() }
})
