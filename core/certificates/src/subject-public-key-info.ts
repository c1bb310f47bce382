import { concatBytes } from '@cresset/core-codec'
import { keyTypes, type PublicKey, publicKeyProblem } from '@cresset/core-crypto'
import { CertificateError } from './certificate-error.ts'
import { certificateLimits } from './certificate-limits.ts'
import { DerReader, readWhole } from './der-reader.ts'
import { bitString, objectIdentifier, sequence } from './der-writer.ts'
import { objectIdentifiers } from './object-identifier.ts'
import { compressPoint, expandPoint } from './p256-point.ts'
import { tags } from './tags.ts'

/**
 * DER SubjectPublicKeyInfo of a tagged key: Ed25519 by RFC 8410, P-256 by RFC 5480 with the point uncompressed, the one
 * form that all clients read. The key must be sound (`publicKeyProblem`).
 */
export function subjectPublicKeyInfoOf(key: PublicKey): Uint8Array {
  const value = key.subarray(1)
  if (key[0] === keyTypes.ed25519 && value.length === 32) {
    return sequence(sequence(objectIdentifier(objectIdentifiers.ed25519)), bitString(value))
  }
  if (key[0] === keyTypes.p256) return sequence(p256Algorithm, bitString(expandPoint(value)))
  throw new RangeError('not a tagged Ed25519 or P-256 key')
}

/** AlgorithmIdentifier of P-256 keys, public and private. */
export const p256Algorithm = sequence(
  objectIdentifier(objectIdentifiers.ecPublicKey),
  objectIdentifier(objectIdentifiers.p256),
)

/**
 * The tagged key of a SubjectPublicKeyInfo; `undefined` when the algorithm is neither Ed25519 nor P-256. Throws
 * `DerError`, and `CertificateError` `certificate-key` for an unsound key or a compressed point: a key has one
 * SubjectPublicKeyInfo, so that TLSA digests follow from the key.
 */
export function taggedKeyOf(subjectPublicKeyInfo: Uint8Array): PublicKey | undefined {
  return readWhole(subjectPublicKeyInfo, certificateLimits.bytes, (reader) => readTaggedKey(reader.sequence()))
}

function readTaggedKey(info: DerReader): PublicKey | undefined {
  const algorithm = info.sequence()
  const identifier = algorithm.objectIdentifier()
  const parameters = algorithm.isAtEnd() ? undefined : algorithm.checkedAny().encoding
  algorithm.end()
  const key = info.bitString()
  info.end()
  if (identifier === objectIdentifiers.ed25519) {
    if (parameters !== undefined) throw new CertificateError('certificate-key', 'Ed25519 with parameters')
    const tagged = concatBytes(Uint8Array.of(keyTypes.ed25519), key.bytes)
    return key.unusedBits === 0 && publicKeyProblem(tagged) === undefined ? tagged : refuseKey()
  }
  if (identifier !== objectIdentifiers.ecPublicKey || parameters === undefined) return undefined
  if (parameters[0] !== tags.objectIdentifier) return undefined
  if (new DerReader(parameters).objectIdentifier() !== objectIdentifiers.p256) return undefined
  // On the curve is all there is to ask of a P-256 point: its cofactor is 1.
  const point = key.unusedBits === 0 ? compressPoint(key.bytes) : undefined
  return point === undefined ? refuseKey() : concatBytes(Uint8Array.of(keyTypes.p256), point)
}

function refuseKey(): never {
  throw new CertificateError('certificate-key', 'the public key is not sound')
}
