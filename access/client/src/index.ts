export {
  type AnswerJson,
  type ClientClock,
  type ProvenState,
  type RestsOn,
  UnprovenKey,
  verifyAnswer,
} from './answer.ts'
export { Client, type ClientOptions, type Proven } from './client.ts'
export { ClientError, type ClientErrorKind } from './client-error.ts'
export { type Fetch, HttpConnection, type HttpOptions, type NodeConnection } from './http.ts'
export { type ProvenReceipt, verifyReceipt } from './receipt.ts'
export * from './transactions.ts'
