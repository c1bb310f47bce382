import { checkSignature, type PublicKey } from '@cresset/core-crypto'
import type { Certificate } from './certificate.ts'
import { DerError } from './der-error.ts'
import { signatureAlgorithmFor } from './signature-algorithm.ts'
import { ecdsaSignatureFromDer } from './signature-form.ts'

/** What has to verify for a certificate to be signed by a key; the form of `checkSignature`'s arguments. */
export interface SignatureClaim {
  readonly key: PublicKey
  readonly message: Uint8Array
  /** 64 bytes. */
  readonly signature: Uint8Array
}

/** `undefined` when the certificate's algorithm or the form of its signature already rules the key out. */
export function signatureClaimOf(certificate: Certificate, issuerKey: PublicKey): SignatureClaim | undefined {
  if (certificate.signatureAlgorithm !== signatureAlgorithmFor(issuerKey)) return undefined
  const signature =
    certificate.signatureAlgorithm === 'ed25519' ? certificate.signature : tryEcdsaSignature(certificate.signature)
  if (signature?.length !== 64) return undefined
  return { key: issuerKey, message: certificate.tbs, signature }
}

export function isSignedBy(
  certificate: Certificate,
  issuerKey: PublicKey,
  check: (key: PublicKey, message: Uint8Array, signature: Uint8Array) => boolean = checkSignature,
): boolean {
  const claim = signatureClaimOf(certificate, issuerKey)
  return claim !== undefined && check(claim.key, claim.message, claim.signature)
}

function tryEcdsaSignature(der: Uint8Array): Uint8Array | undefined {
  try {
    return ecdsaSignatureFromDer(der)
  } catch (error) {
    if (error instanceof DerError) return undefined
    throw error
  }
}
