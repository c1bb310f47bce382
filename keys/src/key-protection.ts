import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto'

/** scrypt (RFC 7914) and the nonce of ChaCha20-Poly1305 (RFC 8439) over one secret. */
export interface Protection {
  /** Binary logarithm of N. */
  logN: number
  r: number
  p: number
  salt: Uint8Array
  nonce: Uint8Array
}

export type ScryptCost = Pick<Protection, 'logN' | 'r' | 'p'>

/** 128 MiB and about half a second: OWASP's setting for scrypt. */
export const defaultScryptCost: ScryptCost = { logN: 17, r: 8, p: 1 }

export const SALT_BYTES = 32
export const NONCE_BYTES = 12
const TAG_BYTES = 16
const KEY_BYTES = 32
export const MAX_PASSPHRASE_BYTES = 1024

/** Whether a file may make us spend this much: at most 512 MiB, and not so little that it protects nothing. */
export function isScryptCostBounded({ logN, r, p }: ScryptCost): boolean {
  return logN >= 10 && logN <= 20 && r >= 1 && r <= 16 && p >= 1 && p <= 4 && 128 * 2 ** logN * r <= 512 * 2 ** 20
}

function deriveKey(passphrase: Uint8Array, { logN, r, p, salt }: Protection): Promise<Buffer> {
  const N = 2 ** logN
  return new Promise((resolve, reject) => {
    scrypt(passphrase, salt, KEY_BYTES, { N, r, p, maxmem: 128 * r * (N + p) + 2 ** 20 }, (error, key) =>
      error === null ? resolve(key) : reject(error),
    )
  })
}

export function newProtection(cost: ScryptCost): Protection {
  if (!isScryptCostBounded(cost)) throw new RangeError('scrypt cost is out of bounds')
  return { ...cost, salt: new Uint8Array(randomBytes(SALT_BYTES)), nonce: new Uint8Array(randomBytes(NONCE_BYTES)) }
}

/** Ciphertext and tag. */
export async function protect(
  secret: Uint8Array,
  passphrase: Uint8Array,
  protection: Protection,
  associatedData: Uint8Array,
): Promise<Uint8Array> {
  const key = await deriveKey(passphrase, protection)
  try {
    const cipher = createCipheriv('chacha20-poly1305', key, protection.nonce, { authTagLength: TAG_BYTES })
    cipher.setAAD(associatedData, { plaintextLength: secret.length })
    return new Uint8Array(Buffer.concat([cipher.update(secret), cipher.final(), cipher.getAuthTag()]))
  } finally {
    key.fill(0)
  }
}

/** The secret, or undefined when passphrase or associated data are not those it was protected with. */
export async function unprotect(
  sealed: Uint8Array,
  passphrase: Uint8Array,
  protection: Protection,
  associatedData: Uint8Array,
): Promise<Uint8Array | undefined> {
  const key = await deriveKey(passphrase, protection)
  try {
    const decipher = createDecipheriv('chacha20-poly1305', key, protection.nonce, { authTagLength: TAG_BYTES })
    const ciphertext = sealed.subarray(0, sealed.length - TAG_BYTES)
    decipher.setAAD(associatedData, { plaintextLength: ciphertext.length })
    decipher.setAuthTag(sealed.subarray(ciphertext.length))
    return new Uint8Array(Buffer.concat([decipher.update(ciphertext), decipher.final()]))
  } catch {
    return undefined
  } finally {
    key.fill(0)
  }
}

export const PROTECTION_OVERHEAD_BYTES = TAG_BYTES
