/** Why the permission service or a file of public keys refuses. The set is closed; messages are one line and say what to do. */
export type MembershipErrorCode =
  /** A node's name is not one lower-case DNS label of at most 63 characters. */
  | 'name-invalid'
  /** No zone, or one that is not a lower-case DNS name. */
  | 'zone-invalid'
  /** A TLS key that is neither Ed25519 nor P-256, or unsound. */
  | 'key-invalid'
  /** Two nodes with one name or one TLS key. */
  | 'node-repeated'
  /** The root certificate is not of the signer's key, not an authority, or not constrained to the zones. */
  | 'root-unfit'
  /** A node's public file that is not of its form. */
  | 'announcement-malformed'
  /** A joining file that is not of its form. */
  | 'joining-malformed'
  /** A certificate that is not of this node's TLS key, not for its names, or not of the consortium's root. */
  | 'certificate-unfit'

export class MembershipError extends Error {
  readonly code: MembershipErrorCode

  constructor(code: MembershipErrorCode, message: string) {
    super(message)
    this.name = 'MembershipError'
    this.code = code
  }
}
