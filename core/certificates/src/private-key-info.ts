import { keyTypes, type PublicKey } from '@cresset/core-crypto'
import { bitString, explicit, objectIdentifier, octetString, sequence, smallInteger } from './der-writer.ts'
import { objectIdentifiers } from './object-identifier.ts'
import { expandPoint } from './p256-point.ts'
import { p256Algorithm } from './subject-public-key-info.ts'

export interface PrivateKeyParts {
  readonly publicKey: PublicKey
  /** 32 bytes: the Ed25519 seed (RFC 8032 5.1.5), or the P-256 scalar big-endian. */
  readonly secret: Uint8Array
}

/** PKCS#8 PrivateKeyInfo for TLS key files: Ed25519 by RFC 8410 section 7, P-256 by RFC 5915 inside RFC 5208. */
export function privateKeyInfoOf(key: PrivateKeyParts): Uint8Array {
  if (key.secret.length !== 32) throw new RangeError('a secret key has 32 bytes')
  if (key.publicKey[0] === keyTypes.ed25519) {
    const algorithm = sequence(objectIdentifier(objectIdentifiers.ed25519))
    return sequence(smallInteger(0), algorithm, octetString(octetString(key.secret)))
  }
  const point = explicit(1, bitString(expandPoint(key.publicKey.subarray(1))))
  const inner = sequence(smallInteger(1), octetString(key.secret), point)
  return sequence(smallInteger(0), p256Algorithm, octetString(inner))
}
