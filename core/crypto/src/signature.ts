import { platform } from '#platform'
import { isReducedScalar, isUsablePoint } from './ed25519-checks.ts'
import { isCompressedPoint, isLowSignature } from './p256-checks.ts'
import type { Ed25519Backend, P256Backend } from './platform/interface.ts'
import { keyTypeOf, type PublicKey, SIGNATURE_BYTES, type Signature } from './public-key.ts'

/** The implementations that a check rests on. */
export interface SignatureBackends {
  readonly ed25519: Ed25519Backend
  readonly p256: P256Backend
}

/**
 * Whether the signature is valid under the ledger's rule, the same on every machine. Our own checks come first, because
 * libraries differ on them; what is left is decided alike by all that are in use.
 * - Ed25519: S below the order; A and R canonical and not of small order; [S]B − [k]A encodes to R, byte for byte (no cofactor).
 * - P-256: x below the prime and on the curve; 1 ≤ r < n, 1 ≤ s ≤ n/2; ECDSA with SHA-256.
 */
export function checkSignature(key: PublicKey, message: Uint8Array, signature: Signature): boolean {
  return checkSignatureWith(platform, key, message, signature)
}

/** The rule over given implementations: for tests and benchmarks that compare them. */
export function checkSignatureWith(
  backends: SignatureBackends,
  key: PublicKey,
  message: Uint8Array,
  signature: Signature,
): boolean {
  if (signature.length !== SIGNATURE_BYTES) return false
  const type = keyTypeOf(key)
  if (type === 'ed25519') {
    if (!isReducedScalar(signature) || !isUsablePoint(key, 1) || !isUsablePoint(signature, 0)) return false
    return backends.ed25519.verify(key.subarray(1), message, signature)
  }
  if (type === 'p256') {
    if (!isLowSignature(signature) || !isCompressedPoint(key, 1)) return false
    return backends.p256.verify(key.subarray(1), message, signature)
  }
  return false
}
