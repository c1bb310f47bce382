import { utf8 } from '@cresset/core-codec'
import { p256 } from '@noble/curves/nist.js'
import { platform } from '#platform'
import { hkdfSha256, hmacSha256 } from './key-derivation.ts'
import { type KeyType, keyTypes, type PublicKey, type Signature } from './public-key.ts'

export const SECRET_BYTES = 32

/** Ed25519: `secret` is the seed of RFC 8032 section 5.1.5; P-256: the private scalar, big endian. 32 bytes. */
export interface KeyPair {
  readonly type: KeyType
  readonly publicKey: PublicKey
  readonly secret: Uint8Array
}

/** Signs for one key, wherever it is kept. */
export interface Signer {
  readonly publicKey: PublicKey
  sign(message: Uint8Array): Promise<Signature>
  /** HMAC-SHA-256(secret, context). Absent for tokens that only sign. */
  secretFor?(context: Uint8Array): Promise<Uint8Array>
}

/** Signs before it returns, for votes, which are signed inside a step. */
export interface SyncSigner {
  readonly publicKey: PublicKey
  signSync(message: Uint8Array): Signature
}

/** A key pair from 32 bytes, which must be secret and uniformly random. */
export function generateKeyPair(type: KeyType, random: Uint8Array): KeyPair {
  if (random.length !== SECRET_BYTES) throw new RangeError(`a key needs ${SECRET_BYTES} random bytes`)
  if (type === 'ed25519') return keyPairFromSecret(type, random)
  // FIPS 186-5 A.2.1: 128 bits more than the order has, reduced, leave no bias.
  const wide = hkdfSha256(random, new Uint8Array(0), utf8('cresset/p256-key/v1'), 48)
  return keyPairFromSecret(type, p256.utils.randomSecretKey(wide))
}

/** The pair of a stored secret. Throws RangeError when it is no secret of that type. */
export function keyPairFromSecret(type: KeyType, secret: Uint8Array): KeyPair {
  if (secret.length !== SECRET_BYTES) throw new RangeError(`a secret key has ${SECRET_BYTES} bytes`)
  const own = Uint8Array.from(secret)
  if (type === 'ed25519')
    return { type, publicKey: tagged(type, platform.ed25519.signerOf(own).publicKey), secret: own }
  if (!p256.utils.isValidSecretKey(own)) throw new RangeError('not a secret key of P-256')
  return { type, publicKey: tagged(type, platform.p256.publicKeyOf(own)), secret: own }
}

function tagged(type: KeyType, publicKey: Uint8Array): PublicKey {
  const key = new Uint8Array(1 + publicKey.length)
  key[0] = keyTypes[type]
  key.set(publicKey, 1)
  return key
}

// The expanded secret comes from the secret alone: signing under a public key that is not its own would give it away.
const expanded = new WeakMap<KeyPair, (message: Uint8Array) => Signature>()

function signerOf(pair: KeyPair): (message: Uint8Array) => Signature {
  const known = expanded.get(pair)
  if (known !== undefined) return known
  const made =
    pair.type === 'ed25519'
      ? platform.ed25519.signerOf(pair.secret).sign
      : // Deterministic (RFC 6979), so that a seeded run replays; low s, as `checkSignature` asks.
        (message: Uint8Array) => p256.sign(message, pair.secret, { lowS: true, prehash: true, format: 'compact' })
  expanded.set(pair, made)
  return made
}

/** Signs at once: for votes and load generators. */
export function signSync(pair: KeyPair, message: Uint8Array): Signature {
  return signerOf(pair)(message)
}

/** A signer over a key pair in memory. */
export function keyPairSigner(pair: KeyPair): Signer & SyncSigner {
  return {
    publicKey: pair.publicKey,
    sign: async (message) => signSync(pair, message),
    signSync: (message) => signSync(pair, message),
    secretFor: async (context) => hmacSha256(pair.secret, context),
  }
}
