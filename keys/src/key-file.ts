import { randomBytes } from 'node:crypto'
import { CodecError, equalBytes } from '@cresset/core-codec'
import {
  generateKeyPair,
  type KeyPair,
  type KeyType,
  keyPairFromSecret,
  keyTypeOf,
  type PublicKey,
} from '@cresset/core-crypto'
import { FileKey } from './file-key.ts'
import { KeyFileError } from './key-file-error.ts'
import { formatKeyFile, keyFileHead, MAX_KEY_FILE_BYTES, parseKeyFile, type StoredKey } from './key-file-format.ts'
import {
  defaultScryptCost,
  MAX_PASSPHRASE_BYTES,
  newProtection,
  protect,
  type ScryptCost,
  unprotect,
} from './key-protection.ts'
import { readFileWithin, writeNewFile } from './secret-file.ts'

export interface NewKeyFile {
  /** Type of a fresh key; or give a `pair` to store. */
  type?: KeyType
  pair?: KeyPair
  /** 1 to 1,024 bytes. Without one the secret lies in the file as it is: for node keys. */
  passphrase?: Uint8Array
  /** At most 256 bytes; anyone who sees the file can read it. */
  comment?: string
  scryptCost?: ScryptCost
}

/**
 * Makes a key file of mode 0600 and never overwrites one. Throws KeyFileError; RangeError on a comment that is too long or a pair
 * whose halves do not belong together.
 */
export async function createKeyFile(path: string, options: NewKeyFile = {}): Promise<FileKey> {
  const { passphrase, comment = '', scryptCost = defaultScryptCost } = options
  const pair = options.pair ?? generateKeyPair(options.type ?? 'ed25519', randomBytes(32))
  if (!equalBytes(keyPairFromSecret(pair.type, pair.secret).publicKey, pair.publicKey)) {
    throw new RangeError(`${path}: secret and public key do not belong together`)
  }
  const protection = passphrase && newProtection(scryptCost)
  const stored: StoredKey = { publicKey: pair.publicKey, comment, protection, secret: pair.secret }
  const head = headOf(path, stored)
  if (passphrase && protection) {
    checkPassphrase(path, passphrase)
    stored.secret = await protect(pair.secret, passphrase, protection, head)
  }
  await writeNewFile(path, formatKeyFile(stored))
  return new FileKey(path, comment, pair)
}

function headOf(path: string, stored: StoredKey): Uint8Array {
  try {
    return keyFileHead(stored)
  } catch (error) {
    if (error instanceof CodecError) throw new RangeError(`${path}: ${error.message}`, { cause: error })
    throw error
  }
}

function checkPassphrase(path: string, passphrase: Uint8Array): void {
  if (passphrase.length >= 1 && passphrase.length <= MAX_PASSPHRASE_BYTES) return
  throw new KeyFileError('bad-passphrase', path, `a passphrase needs 1 to ${MAX_PASSPHRASE_BYTES} bytes`)
}

export interface OpenOptions {
  /** Asked only when the file is under a passphrase. */
  passphrase?: () => Promise<Uint8Array>
}

/** Opens a private key. Throws KeyFileError. */
export async function openKeyFile(path: string, { passphrase }: OpenOptions = {}): Promise<FileKey> {
  const stored = await readStoredKey(path, true)
  const { publicKey, comment, protection } = stored
  if (stored.secret === undefined)
    throw new KeyFileError('no-secret', path, 'holds a public key only; give the private key file')
  let secret: Uint8Array | undefined = stored.secret
  if (protection !== undefined) {
    if (passphrase === undefined) throw new KeyFileError('wrong-passphrase', path, 'is under a passphrase; give it')
    const given = await passphrase()
    checkPassphrase(path, given)
    secret = await unprotect(stored.secret, given, protection, keyFileHead(stored))
    if (secret === undefined)
      throw new KeyFileError('wrong-passphrase', path, 'the passphrase does not open it; try again')
  }
  return new FileKey(path, comment, pairOf(path, publicKey, secret))
}

function pairOf(path: string, publicKey: PublicKey, secret: Uint8Array): KeyPair {
  const type = keyTypeOf(publicKey) as KeyType
  try {
    const pair = keyPairFromSecret(type, secret)
    if (equalBytes(pair.publicKey, publicKey)) return pair
  } catch {
    // Falls through: a secret that is none of this type.
  }
  throw new KeyFileError('damaged', path, 'its secret and public key do not belong together; restore it from a backup')
}

async function readStoredKey(path: string, mustBePrivate: boolean): Promise<StoredKey> {
  const stored = parseKeyFile(path, await readFileWithin(path, MAX_KEY_FILE_BYTES, mustBePrivate))
  // Whether the file is secret shows in its content, so a public key file may be readable and a private one never.
  if (!mustBePrivate && stored.secret !== undefined) await readFileWithin(path, MAX_KEY_FILE_BYTES, true)
  return stored
}

export interface KeyFileDescription {
  type: KeyType
  publicKey: PublicKey
  comment: string
  /** `public`: no secret in it; `plain`: not under a passphrase. */
  holds: 'public' | 'plain' | 'encrypted'
}

/** What a private or public key file says without a passphrase. Throws KeyFileError. */
export async function describeKeyFile(path: string): Promise<KeyFileDescription> {
  const { publicKey, comment, protection, secret } = await readStoredKey(path, false)
  const holds = secret === undefined ? 'public' : protection === undefined ? 'plain' : 'encrypted'
  return { type: keyTypeOf(publicKey) as KeyType, publicKey, comment, holds }
}

/** The public key of a private or public key file. Throws KeyFileError. */
export async function readPublicKey(path: string): Promise<PublicKey> {
  return (await describeKeyFile(path)).publicKey
}

/** Makes a file with a public key only, of mode 0644, to be sent to others. Throws KeyFileError. */
export async function createPublicKeyFile(path: string, publicKey: PublicKey, comment = ''): Promise<void> {
  const stored: StoredKey = { publicKey, comment, protection: undefined, secret: undefined }
  headOf(path, stored)
  await writeNewFile(path, formatKeyFile(stored), 0o644)
}
