import assert from 'node:assert/strict'
import { utf8 } from '@cresset/core-codec'
import { generateKeyPair } from '@cresset/core-crypto'
import { KeyFileError } from './key-file-error.ts'
import { formatKeyFile, parseKeyFile } from './key-file-format.ts'

export const name = 'key-file'

const { publicKey, secret } = generateKeyPair('ed25519', new Uint8Array(32).fill(12))
const protection = { logN: 17, r: 8, p: 1, salt: new Uint8Array(32).fill(1), nonce: new Uint8Array(12).fill(2) }

export const seeds: readonly Uint8Array[] = [
  { publicKey, comment: 'plain', protection: undefined, secret },
  { publicKey, comment: 'encrypted', protection, secret: new Uint8Array(48).fill(3) },
  { publicKey, comment: 'public', protection: undefined, secret: undefined },
].map((key) => utf8(formatKeyFile(key)))

/** A key file parses to what formats and parses the same again, or is refused in one line. */
export function run(bytes: Uint8Array): void {
  try {
    const key = parseKeyFile('a.key', bytes)
    assert.deepEqual(parseKeyFile('a.key', utf8(formatKeyFile(key))), key)
  } catch (error) {
    if (!(error instanceof KeyFileError)) throw error
    assert.match(error.message, /^a\.key: [^\n]+$/)
  }
}
