/**
 * Why bytes or text were refused.
 *
 * Names: `name-syntax` (escape or character), `label-empty`, `label-too-long`, `name-too-long`, `name-relative` (a name
 * without a final dot and no origin to complete it).
 * Messages: `truncated` (ends early), `label-type` (neither a label nor a pointer), `pointer` (does not point backwards),
 * `trailing-bytes`, `edns` (OPT record that RFC 6891 forbids), `message-too-long`.
 * Record text: `rdata-syntax` (RDATA text that does not fit its type), `type-unknown`.
 */
export type WireErrorCode =
  | 'name-syntax'
  | 'label-empty'
  | 'label-too-long'
  | 'name-too-long'
  | 'name-relative'
  | 'truncated'
  | 'label-type'
  | 'pointer'
  | 'trailing-bytes'
  | 'edns'
  | 'message-too-long'
  | 'rdata-syntax'
  | 'type-unknown'

/** Bytes or text from outside that are not DNS; `code` is from the closed set above. */
export class WireError extends Error {
  readonly code: WireErrorCode

  constructor(code: WireErrorCode, message: string) {
    super(message)
    this.name = 'WireError'
    this.code = code
  }
}
