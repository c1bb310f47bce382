import { equalBytes } from '@cresset/core-codec'
import type { PublicKey } from '@cresset/core-crypto'
import { type Certificate, tryReadCertificate } from './certificate.ts'
import { certificateCoversHost } from './host.ts'

/** How far block time may be behind a certificate's beginning: the clocks of its issuer and of proposers differ. */
export const notBeforeToleranceMs = 5 * 60_000

export type PublishedCertificateProblem =
  /** The strict reader refuses it; `tryReadCertificate` says why. */
  | 'certificate-malformed'
  | 'certificate-key-mismatch'
  | 'certificate-host-mismatch'
  | 'certificate-not-yet-valid'
  | 'certificate-expired'

export interface PublishedCertificateInput {
  /** DER. */
  readonly certificate: Uint8Array
  readonly key: PublicKey
  /** Lower case, no trailing dot. */
  readonly host: string
  readonly blockTimeMs: number
}

/** The rule of agreement for a published certificate (`publish`): malformed, key, host, then validity. */
export function checkPublishedCertificate(input: PublishedCertificateInput): PublishedCertificateProblem | undefined {
  const certificate = tryReadCertificate(input.certificate)
  if (typeof certificate === 'string') return 'certificate-malformed'
  const { publicKey } = certificate
  if (publicKey === undefined || !equalBytes(publicKey, input.key)) return 'certificate-key-mismatch'
  if (!certificateCoversHost(certificate, input.host)) return 'certificate-host-mismatch'
  return checkValidity(certificate, input.blockTimeMs)
}

/** notBefore ≤ block time + 5 min and block time < notAfter. */
export function checkValidity(
  certificate: Certificate,
  blockTimeMs: number,
): 'certificate-not-yet-valid' | 'certificate-expired' | undefined {
  if (certificate.notBeforeMs > blockTimeMs + notBeforeToleranceMs) return 'certificate-not-yet-valid'
  return blockTimeMs < certificate.notAfterMs ? undefined : 'certificate-expired'
}
