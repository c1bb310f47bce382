import type { CompactDenial, SignatureRequest } from '../zone-source.ts'

/** A signature that a response has room for, and does not have yet. */
export interface MissingSignature extends SignatureRequest {
  /** Who makes it. */
  readonly denial: CompactDenial
  /** Where its `SIGNATURE_BYTES` go in the message. */
  readonly offset: number
}
