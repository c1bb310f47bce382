export {
  type AccountTransaction,
  type AccountTransactionFilter,
  type AccountTransactionList,
  listAccountTransactions,
} from './account-transactions.ts'
export * from './addresses.ts'
export * from './agreements.ts'
export {
  type AnswerJson,
  type ClientClock,
  type ProvenState,
  type RestsOn,
  UnprovenKey,
  verifyAnswer,
  verifyPastAnswer,
} from './answer.ts'
export { Client, type ClientOptions, type Proven, type Read, verifyPastQuery, verifyQuery } from './client.ts'
export { ClientError, type ClientErrorKind } from './client-error.ts'
export * from './delegating.ts'
export { type History, readHistory } from './history.ts'
export {
  type Fetch,
  type HttpAnswer,
  HttpConnection,
  type HttpOptions,
  type HttpRequest,
  type NodeConnection,
} from './http.ts'
export { type LightBlockJson, lightBlockToJson, readChanges, readLightBlock } from './light-blocks.ts'
export * from './membership.ts'
export { parseName, splitHost } from './names.ts'
export { nodeAddresses } from './node-addresses.ts'
export { type ListedOffer, listOffers, type OfferFilter, type OfferList } from './offer-list.ts'
export {
  checkProof,
  fetchProof,
  type ProofFile,
  type ProofKind,
  type ProvenEntry,
  proofKinds,
} from './proof-file.ts'
export { type HostContent, type NewServer, overlapFor, proveServer, publishAction } from './publishing.ts'
export { type ProvenReceipt, verifyPast, verifyReceipt } from './receipt.ts'
export * from './record-tables/index.ts'
export {
  depositFor,
  isRecoverable,
  type Registered,
  type RegistrationOptions,
  type RegistrationStep,
  registerName,
  type SealJournal,
  type SealReference,
} from './registration.ts'
export * from './renewals.ts'
export * from './trade.ts'
export * from './transactions.ts'
export { trustFromJson, trustToJson } from './trust-json.ts'
export { fetchTrust, type TrustPin, walkBelow } from './walk.ts'
export {
  type WatchedBlock,
  type WatchedEventJson,
  type WatchedTransactionJson,
  type WatchOptions,
  watch,
} from './watch.ts'
export * from './zone-keys.ts'
export * from './zone-signatures.ts'
