/** Why DER is not a certificate that we read (RFC 5280 section 4). The set is closed; see also `DerErrorCode`. */
export type CertificateErrorCode =
  /** Not version 3, or unique identifiers of version 2. */
  | 'certificate-version'
  /** Not 1 … 20 bytes, or not positive (RFC 5280 4.1.2.2). */
  | 'certificate-serial'
  /** The two signature algorithm fields differ (RFC 5280 4.1.1.2), or the signature has unused bits. */
  | 'certificate-signature'
  /** No issuer (RFC 5280 4.1.2.4), or a name part of a type that names do not use. */
  | 'certificate-name'
  /** It ends before it begins. */
  | 'certificate-validity'
  /** Unsound key of a known type. */
  | 'certificate-key'
  /** An extension that does not have its form, stands twice, or more than `certificateLimits` allow. */
  | 'certificate-extension'

export class CertificateError extends Error {
  readonly code: CertificateErrorCode

  constructor(code: CertificateErrorCode, message: string) {
    super(`${code}: ${message}`)
    this.name = 'CertificateError'
    this.code = code
  }
}
