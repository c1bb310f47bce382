import { bytes, type Codec, CodecError, fixedBytes, mapped } from '@cresset/core-codec'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { isUsablePoint } from './ed25519-checks.ts'
import { sha256 } from './hash.ts'
import { isCompressedPoint } from './p256-checks.ts'

/** First byte of a tagged public key. 3 is kept for WebAuthn ES256. */
export const keyTypes = { ed25519: 1, p256: 2 } as const
export type KeyType = keyof typeof keyTypes

/** Tagged: 0x01 ‖ 32 bytes (Ed25519) or 0x02 ‖ 33 bytes (P-256, compressed point). */
export type PublicKey = Uint8Array
/** Ed25519: R ‖ S; P-256: r ‖ s, big endian. 64 bytes. */
export type Signature = Uint8Array
export const SIGNATURE_BYTES = 64

export type PublicKeyProblem = 'unknown-key-type' | 'bad-key'

/** The type of a tagged key by its first byte and length, or undefined. */
export function keyTypeOf(key: Uint8Array): KeyType | undefined {
  if (key[0] === keyTypes.ed25519 && key.length === 33) return 'ed25519'
  if (key[0] === keyTypes.p256 && key.length === 34) return 'p256'
  return undefined
}

/** Why a key cannot be used, or undefined: its tag and length, canonical form, order, and whether it is on the curve. */
export function publicKeyProblem(key: Uint8Array): PublicKeyProblem | undefined {
  if (key[0] !== keyTypes.ed25519 && key[0] !== keyTypes.p256) return 'unknown-key-type'
  const type = keyTypeOf(key)
  if (type === undefined) return 'bad-key'
  if (type === 'ed25519' ? !isUsablePoint(key, 1) : !isCompressedPoint(key, 1)) return 'bad-key'
  try {
    const point = key.subarray(1)
    if (type === 'ed25519') ed25519.Point.fromBytes(point)
    else p256.Point.fromBytes(point)
  } catch {
    return 'bad-key'
  }
  return undefined
}

/** Checks tag and length only, because it runs for every signer of every transaction; see `publicKeyProblem`. */
export const publicKeyCodec: Codec<PublicKey> = mapped(
  bytes({ minBytes: 33, maxBytes: 34 }),
  (key) => {
    if (keyTypeOf(key) === undefined) throw new CodecError('unknown-kind', 'not a public key of a known type')
    return key
  },
  (key) => key,
)

export const signatureCodec: Codec<Signature> = fixedBytes(SIGNATURE_BYTES)

/** An account is known by the SHA-256 of its tagged key. */
export function accountOf(key: PublicKey): Uint8Array {
  return sha256(key)
}
