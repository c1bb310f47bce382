import { utf8 } from '@cresset/core-codec'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { taggedHash } from './hash.ts'
import { equalConstantTime, hkdfSha256 } from './key-derivation.ts'

/** Every sealed registration has this many bytes, so that its length tells nothing. */
export const SEALED_BYTES = 512
export const SEAL_SALT_BYTES = 16
export const SEAL_SECRET_BYTES = 32
const TAG_BYTES = 16
/** One byte marks the end of the plaintext. */
export const SEALED_PLAINTEXT_BYTES = SEALED_BYTES - TAG_BYTES - 1

const END_OF_PLAINTEXT = 0x80

export interface SealInput {
  /** 32 bytes, secret until revealed, fresh for every seal. */
  r: Uint8Array
  /** At most 495 bytes. */
  plaintext: Uint8Array
  /** Who seals and where: a copy of the seal in another place does not open. */
  associatedData: Uint8Array
  /** 16 bytes, public. */
  salt: Uint8Array
}

export interface Seal {
  /** 512 bytes. */
  ciphertext: Uint8Array
  /** 32 bytes. */
  commitment: Uint8Array
}

/** SHA-256 over a tag and r. ChaCha20-Poly1305 alone does not bind its key: one ciphertext can open under two. */
export function sealCommitment(r: Uint8Array): Uint8Array {
  return taggedHash('cresset/seal-commitment/v1', r)
}

function cipherOf(r: Uint8Array, salt: Uint8Array, commitment: Uint8Array, associatedData: Uint8Array) {
  // r and salt give one key and nonce, and r is used for one plaintext only, so the nonce never repeats under a key.
  const derived = hkdfSha256(r, salt, utf8('cresset/seal/v1'), 32 + 12)
  const bound = taggedHash('cresset/seal-associated-data/v1', associatedData, salt, commitment)
  return chacha20poly1305(derived.subarray(0, 32), derived.subarray(32), bound)
}

/** Seals a registration (RFC 8439 with key and nonce by RFC 5869). Throws RangeError on a wrong length. */
export function sealBox({ r, plaintext, associatedData, salt }: SealInput): Seal {
  if (r.length !== SEAL_SECRET_BYTES) throw new RangeError(`r needs ${SEAL_SECRET_BYTES} bytes`)
  if (salt.length !== SEAL_SALT_BYTES) throw new RangeError(`the salt needs ${SEAL_SALT_BYTES} bytes`)
  if (plaintext.length > SEALED_PLAINTEXT_BYTES) {
    throw new RangeError(`${plaintext.length} bytes to seal, the limit is ${SEALED_PLAINTEXT_BYTES}`)
  }
  const padded = new Uint8Array(SEALED_PLAINTEXT_BYTES + 1)
  padded.set(plaintext)
  padded[plaintext.length] = END_OF_PLAINTEXT
  const commitment = sealCommitment(r)
  return { ciphertext: cipherOf(r, salt, commitment, associatedData).encrypt(padded), commitment }
}

/** The plaintext of a seal, or undefined when anything does not fit; the commitment is checked first. */
export function openBox(input: Seal & Omit<SealInput, 'plaintext'>): Uint8Array | undefined {
  const { r, ciphertext, commitment, associatedData, salt } = input
  if (r.length !== SEAL_SECRET_BYTES || salt.length !== SEAL_SALT_BYTES) return undefined
  if (ciphertext.length !== SEALED_BYTES || !equalConstantTime(commitment, sealCommitment(r))) return undefined
  let padded: Uint8Array
  try {
    padded = cipherOf(r, salt, commitment, associatedData).decrypt(ciphertext)
  } catch {
    return undefined
  }
  let end = padded.length - 1
  while (end > 0 && padded[end] === 0) end--
  return padded[end] === END_OF_PLAINTEXT ? padded.slice(0, end) : undefined
}
