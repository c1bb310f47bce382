import {
  bytes,
  CodecError,
  equalBytes,
  fixedBytes,
  fromBase64Url,
  fromHex,
  fromUtf8,
  optional,
  struct,
  text,
  toBase64Url,
  toHex,
  uint8,
} from '@cresset/core-codec'
import { keyTypeOf, type PublicKey, publicKeyCodec, publicKeyProblem, taggedHash } from '@cresset/core-crypto'
import { KeyFileError } from './key-file-error.ts'
import { isScryptCostBounded, NONCE_BYTES, type Protection, SALT_BYTES } from './key-protection.ts'

/**
 * A key file is JSON with one value a line:
 *
 *     {
 *       "cressetKey": 1,                 format version
 *       "type": "ed25519",               or "p256"
 *       "comment": "founder",            free text, at most 256 bytes
 *       "publicKey": "01…",              tagged, hex
 *       "scrypt": { "logN": 17, "r": 8, "p": 1, "salt": "<hex>", "nonce": "<hex>" },   only under a passphrase
 *       "secret": "<base64url>",         32 bytes, or their ChaCha20-Poly1305 ciphertext; absent in a public key file
 *       "check": "<hex>"                 hash of all the above
 *     }
 *
 * The check tells a damaged file from a wrong passphrase. It is no protection: under a passphrase everything above `secret` is the
 * cipher's associated data, and without one the secret must give the public key.
 */
export interface StoredKey {
  publicKey: PublicKey
  comment: string
  protection: Protection | undefined
  secret: Uint8Array | undefined
}

export const KEY_FILE_VERSION = 1
export const MAX_KEY_FILE_BYTES = 4096
const MAX_COMMENT_BYTES = 256

const headCodec = struct({
  version: uint8,
  publicKey: publicKeyCodec,
  comment: text({ maxBytes: MAX_COMMENT_BYTES }),
  protection: optional(
    struct({ logN: uint8, r: uint8, p: uint8, salt: fixedBytes(SALT_BYTES), nonce: fixedBytes(NONCE_BYTES) }),
  ),
})

const secretCodec = optional(bytes({ minBytes: 32, maxBytes: 64 }))

/** What the cipher binds: everything but the secret. Throws CodecError when a part is out of its limits. */
export function keyFileHead({ publicKey, comment, protection }: StoredKey): Uint8Array {
  return headCodec.encode({ version: KEY_FILE_VERSION, publicKey, comment, protection })
}

function checkOf(key: StoredKey): Uint8Array {
  return taggedHash('cresset/key-file/v1', keyFileHead(key), secretCodec.encode(key.secret))
}

export function formatKeyFile(key: StoredKey): string {
  const { publicKey, comment, protection, secret } = key
  const content = {
    cressetKey: KEY_FILE_VERSION,
    type: keyTypeOf(publicKey),
    comment,
    publicKey: toHex(publicKey),
    ...(protection && {
      scrypt: { ...protection, salt: toHex(protection.salt), nonce: toHex(protection.nonce) },
    }),
    ...(secret && { secret: toBase64Url(secret) }),
    check: toHex(checkOf(key)),
  }
  return `${JSON.stringify(content, undefined, 2)}\n`
}

const damaged = (path: string, cause?: unknown) =>
  new KeyFileError('damaged', path, 'is truncated or was altered; restore it from a backup', { cause })

/** Throws KeyFileError. */
export function parseKeyFile(path: string, content: Uint8Array): StoredKey {
  let json: Record<string, unknown>
  try {
    const parsed: unknown = JSON.parse(fromUtf8(content))
    if (typeof parsed !== 'object' || parsed === null) throw new TypeError('not an object')
    json = parsed as Record<string, unknown>
  } catch (cause) {
    // The cause would quote the content, which may be a secret.
    const own = content.length > 0 && new TextDecoder().decode(content.subarray(0, 64)).includes('"cressetKey"')
    if (own) throw damaged(path)
    throw new KeyFileError(
      'not-a-key-file',
      path,
      content.length === 0 ? 'is empty; restore it from a backup' : 'is not a key file',
      cause instanceof CodecError ? { cause } : undefined,
    )
  }
  if (!('cressetKey' in json)) throw new KeyFileError('not-a-key-file', path, 'is not a key file')
  if (json['cressetKey'] !== KEY_FILE_VERSION) {
    const version = JSON.stringify(json['cressetKey'])
    throw new KeyFileError(
      'unknown-version',
      path,
      `has format version ${version}, this release knows ${KEY_FILE_VERSION}; use a newer release`,
    )
  }
  try {
    return parseFields(json)
  } catch {
    throw damaged(path)
  }
}

function parseFields(json: Record<string, unknown>): StoredKey {
  const known = ['cressetKey', 'type', 'comment', 'publicKey', 'scrypt', 'secret', 'check']
  for (const name of Object.keys(json)) if (!known.includes(name)) throw new TypeError(`unknown field ${name}`)
  const publicKey = fromHex(json['publicKey'] as string)
  const secret = json['secret'] === undefined ? undefined : fromBase64Url(json['secret'] as string)
  const key = { publicKey, comment: json['comment'] as string, protection: parseProtection(json['scrypt']), secret }
  if (!equalBytes(checkOf(key), fromHex(json['check'] as string, { bytes: 32 }))) throw new TypeError('check differs')
  if (json['type'] !== keyTypeOf(publicKey) || publicKeyProblem(publicKey) !== undefined) throw new TypeError('bad key')
  return key
}

function parseProtection(json: unknown): Protection | undefined {
  if (json === undefined) return undefined
  const { logN, r, p, salt, nonce } = json as Record<string, unknown>
  const protection = {
    logN: logN as number,
    r: r as number,
    p: p as number,
    salt: fromHex(salt as string, { bytes: SALT_BYTES }),
    nonce: fromHex(nonce as string, { bytes: NONCE_BYTES }),
  }
  if (!isScryptCostBounded(protection)) throw new RangeError('scrypt cost is out of bounds')
  return protection
}
