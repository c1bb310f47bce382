export type {
  AgreementStatus,
  CommitEvent,
  CommittedBlock,
  CommittedState,
  CommittedTransaction,
  NodeBackend,
  NodeStatus,
  ProvenKeys,
  ProvenReceipt,
} from './backend.ts'
export { type ApiCode, apiCodes } from './problems.ts'
export { type Api, ApiConfigurationError, type ApiOptions, buildApi, createApi } from './server.ts'
export { maxWatched, type Watch, type WatchedPart, type WatchedTransaction, watchedPart } from './watch.ts'
