/** What a client needs that verifies and reads, and no more: a fraction of the package to load. */
export type { Account } from './entries/account.ts'
export type { HostEntry, NameEntry } from './entries/name.ts'
export { type HostPlace, hostPlaceOf } from './names/host-place.ts'
export { type PublishedHost, readPublishedHost } from './published-host.ts'
export * from './queries.ts'
export { type Receipt, receiptCodec, receiptLeaf } from './receipt.ts'
export { stateKeys } from './state-keys.ts'
export type { StateView } from './state-view.ts'
