import { createHash } from 'node:crypto'
import { Blowfish } from './blowfish.ts'

/** OpenBSD's bcrypt_pbkdf(3), with which OpenSSH protects private keys. */

const HASH_BYTES = 32
const EXPANSIONS = 64
const magic = Buffer.from('OxychromaticBlowfishSwatDynamite', 'latin1')

const sha512 = (...parts: readonly Uint8Array[]): Buffer => {
  const hash = createHash('sha512')
  for (const part of parts) hash.update(part)
  return hash.digest()
}

/** 32 bytes from two digests. */
function bcryptHash(passphraseHash: Uint8Array, saltHash: Uint8Array): Buffer {
  const cipher = new Blowfish()
  cipher.expand(passphraseHash, saltHash)
  for (let count = 0; count < EXPANSIONS; count++) {
    cipher.expand(saltHash)
    cipher.expand(passphraseHash)
  }
  const block = Uint32Array.from({ length: HASH_BYTES / 4 }, (_, word) => magic.readUInt32BE(word * 4))
  for (let count = 0; count < EXPANSIONS; count++)
    for (let at = 0; at < block.length; at += 2) cipher.encrypt(block, at)
  const out = Buffer.alloc(HASH_BYTES)
  for (const [index, word] of block.entries()) out.writeUInt32LE(word, index * 4)
  return out
}

/** About 15 ms a round and 32 bytes. */
export function bcryptPbkdf(passphrase: Uint8Array, salt: Uint8Array, rounds: number, length: number): Buffer {
  const passphraseHash = sha512(passphrase)
  const blocks = Math.ceil(length / HASH_BYTES)
  const key = Buffer.alloc(length)
  for (let block = 0; block < blocks; block++) {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(block + 1)
    let last = bcryptHash(passphraseHash, sha512(salt, count))
    const sum = Buffer.from(last)
    for (let round = 1; round < rounds; round++) {
      last = bcryptHash(passphraseHash, sha512(last))
      for (let index = 0; index < HASH_BYTES; index++) sum[index] = (sum[index] as number) ^ (last[index] as number)
    }
    // The blocks are interleaved, so that each byte of the key costs all of them.
    for (let index = 0; index * blocks + block < length; index++) key[index * blocks + block] = sum[index] as number
    sum.fill(0)
  }
  passphraseHash.fill(0)
  return key
}
