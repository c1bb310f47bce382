import assert from 'node:assert/strict'
import { concatBytes, utf8 } from '@cresset/core-codec'
import { checkSignatureWith, generateKeyPair, keyTypeOf, signSync } from './index.ts'
import type { Ed25519Backend, P256Backend } from './platform/interface.ts'
import { ed25519Backends, p256Backends } from './testing/backends.ts'

export const name = 'signature'

export const maxBytes = 300

/** The input: a tagged key, 64 bytes of signature, and the message. */
export const seeds: readonly Uint8Array[] = (['ed25519', 'p256'] as const).map((type) => {
  const pair = generateKeyPair(type, new Uint8Array(32).fill(11))
  const message = utf8('a message')
  return concatBytes(pair.publicKey, signSync(pair, message), message)
})

/** Every implementation behind our checks gives one verdict, and none throws. */
export function run(bytes: Uint8Array): void {
  const keyLength = bytes[0] === 2 ? 34 : 33
  const key = bytes.slice(0, keyLength)
  const signature = bytes.slice(keyLength, keyLength + 64)
  const message = bytes.slice(keyLength + 64)
  const [ed25519, p256] = [ed25519Backends[0] as Ed25519Backend, p256Backends[0] as P256Backend]
  const verdicts =
    keyTypeOf(key) === 'p256'
      ? p256Backends.map((backend) => checkSignatureWith({ ed25519, p256: backend }, key, message, signature))
      : ed25519Backends.map((backend) => checkSignatureWith({ ed25519: backend, p256 }, key, message, signature))
  assert.equal(new Set(verdicts).size, 1, `verdicts differ: ${verdicts}`)
}
