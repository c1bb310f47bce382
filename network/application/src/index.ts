export {
  type AccountFilter,
  AccountIndexer,
  type AccountIndexerOptions,
  type AccountPage,
  type AccountTransaction,
} from './account-index/index.ts'
export { type BytesKey, bytesKey } from './bytes-key.ts'
export * from './commit-feed.ts'
export { zonesChangedName } from './commit-writes.ts'
export * from './cost-meter.ts'
export { MIN_KEEP_BLOCKS } from './forgetting.ts'
export * from './ledger-application.ts'
export type { MempoolCode } from './mempool.ts'
export * from './node-codes.ts'
export type { ListedOffer, OfferPage } from './offer-index.ts'
export { restoringKey } from './opening.ts'
export * from './queries.ts'
export * from './state-errors.ts'
