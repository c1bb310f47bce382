/** Bounds of what is read; more is refused, not cut. */
export const certificateLimits = {
  /** One certificate, DER. Public authorities stay under 2 KiB for elliptic keys. */
  bytes: 8192,
  /** PEM text around one certificate. */
  pemCharacters: 16_384,
  serialBytes: 20,
  extensions: 32,
  /** Names in one subjectAltName, and subtrees of one nameConstraints list. */
  names: 128,
  /** Certificates from leaf to anchor. */
  chainLength: 8,
} as const
