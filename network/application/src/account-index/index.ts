export type { AccountFilter, AccountPage, AccountTransaction } from './account-index.ts'
export { AccountIndexer, type AccountIndexerOptions } from './account-indexer.ts'
export type { TransactionPlace } from './account-row.ts'
