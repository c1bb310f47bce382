import { concatBytes, equalBytes, utf8 } from '@cresset/core-codec'
import { chacha20poly1305 } from '@noble/ciphers/chacha.js'
import { taggedHash } from './hash.ts'
import { hkdfSha256 } from './key-derivation.ts'

/**
 * Files encrypted for whoever holds a secret:
 *
 *     header   magic (20 bytes) ‖ salt (32) ‖ commitment to the data key (32)
 *     chunks   ChaCha20-Poly1305 (RFC 8439) of 65,536 bytes each, the last shorter, also when empty; 16 bytes of tag follow each
 *
 * The nonce is the chunk's number in 11 bytes, then 1 for the last chunk and 0 before: chunks cannot be moved, and a cut shows
 * (the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015). The header is the associated data.
 */
const magic = utf8('cresset-sealed-file1')
export const FILE_SALT_BYTES = 32
const COMMITMENT_BYTES = 32
const HEADER_BYTES = magic.length + FILE_SALT_BYTES + COMMITMENT_BYTES
export const FILE_CHUNK_BYTES = 65_536
const TAG_BYTES = 16

/** `not-sealed`: not such a file; `wrong-key`: made for another secret; `damaged`: cut or altered. */
export type FileCipherErrorCode = 'not-sealed' | 'wrong-key' | 'damaged'

export class FileCipherError extends Error {
  override readonly name = 'FileCipherError'
  readonly code: FileCipherErrorCode

  constructor(code: FileCipherErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

function dataKey(secret: Uint8Array, salt: Uint8Array): { key: Uint8Array; commitment: Uint8Array } {
  const key = hkdfSha256(secret, salt, utf8('cresset/file/v1'), 32)
  return { key, commitment: taggedHash('cresset/file-commitment/v1', key) }
}

function chunkCipher(key: Uint8Array, header: Uint8Array, index: number, last: boolean) {
  const nonce = new Uint8Array(12)
  new DataView(nonce.buffer).setBigUint64(3, BigInt(index))
  nonce[11] = last ? 1 : 0
  return chacha20poly1305(key, nonce, header)
}

/** Collects a stream into pieces of `size` bytes and says which is the last; there is always a last one, maybe empty. */
async function* pieces(
  source: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<{ piece: Uint8Array; last: boolean }> {
  let held = new Uint8Array(0)
  for await (const part of source) {
    let joined = held.length === 0 ? part : concatBytes(held, part)
    // A full piece is kept back until more follows: only then it is known not to be the last.
    while (joined.length > size) {
      yield { piece: joined.subarray(0, size), last: false }
      joined = joined.subarray(size)
    }
    held = Uint8Array.from(joined)
  }
  yield { piece: held, last: true }
}

/** Encrypts a stream. `salt` is 32 random bytes, fresh for every file; `secret` at least 16 bytes that are hard to guess. */
export async function* encryptFile(
  source: AsyncIterable<Uint8Array>,
  { secret, salt }: { secret: Uint8Array; salt: Uint8Array },
): AsyncGenerator<Uint8Array> {
  if (salt.length !== FILE_SALT_BYTES) throw new RangeError(`the salt needs ${FILE_SALT_BYTES} bytes`)
  const { key, commitment } = dataKey(secret, salt)
  const header = concatBytes(magic, salt, commitment)
  yield header
  let index = 0
  for await (const { piece, last } of pieces(source, FILE_CHUNK_BYTES)) {
    yield chunkCipher(key, header, index++, last).encrypt(piece)
  }
}

/** The salt of an encrypted file, by which a holder finds the secret again. Throws FileCipherError. */
export function readFileSalt(start: Uint8Array): Uint8Array {
  if (start.length < HEADER_BYTES || !equalBytes(start.subarray(0, magic.length), magic)) {
    throw new FileCipherError('not-sealed', 'not a sealed file')
  }
  return start.slice(magic.length, magic.length + FILE_SALT_BYTES)
}

/**
 * Decrypts a stream; `secretFor` gets the file's salt. What was yielded before an error is authentic but not the whole file.
 * Throws FileCipherError.
 */
export async function* decryptFile(
  source: AsyncIterable<Uint8Array>,
  secretFor: (salt: Uint8Array) => Promise<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const iterator = source[Symbol.asyncIterator]()
  let start: Uint8Array = new Uint8Array(0)
  while (start.length < HEADER_BYTES) {
    const next = await iterator.next()
    if (next.done) break
    start = concatBytes(start, next.value)
  }
  const salt = readFileSalt(start)
  const header = start.slice(0, HEADER_BYTES)
  const { key, commitment } = dataKey(await secretFor(salt), salt)
  if (!equalBytes(commitment, header.subarray(magic.length + FILE_SALT_BYTES))) {
    throw new FileCipherError('wrong-key', 'sealed for another key')
  }
  async function* rest(): AsyncGenerator<Uint8Array> {
    yield start.subarray(HEADER_BYTES)
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) yield next.value
  }
  let index = 0
  for await (const { piece, last } of pieces(rest(), FILE_CHUNK_BYTES + TAG_BYTES)) {
    let plain: Uint8Array
    try {
      plain = chunkCipher(key, header, index++, last).decrypt(piece)
    } catch {
      throw new FileCipherError('damaged', 'the sealed file is cut or altered')
    }
    yield plain
  }
}
