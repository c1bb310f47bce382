/** The part of the SDK that asks and verifies, without all that writes: for pages, and for programs that must stay small. */
export {
  type AnswerJson,
  type ClientClock,
  type ProvenState,
  type RestsOn,
  UnprovenKey,
  verifyAnswer,
} from './answer.ts'
export { Client, type ClientOptions, type Proven, type ProvenWithAnswer, type Read, verifyQuery } from './client.ts'
export { ClientError, type ClientErrorKind } from './client-error.ts'
export {
  type Fetch,
  type HttpAnswer,
  HttpConnection,
  type HttpOptions,
  type HttpRequest,
  type NodeConnection,
} from './http.ts'
export { type ProvenReceipt, verifyPast, verifyReceipt } from './receipt.ts'
export { trustFromJson, trustToJson } from './trust-json.ts'
export { fetchTrust, type TrustPin, walkBelow } from './walk.ts'
