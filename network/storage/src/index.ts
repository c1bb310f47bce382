export { openMemoryStore } from './memory-store.ts'
export * from './store.ts'
export { StoreError, type StoreErrorCode } from './store-error.ts'
