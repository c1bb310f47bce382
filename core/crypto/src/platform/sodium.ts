import { createRequire } from 'node:module'
import type { Ed25519Backend } from './interface.ts'

/** The part of sodium-native that is used; it comes without types. */
export interface Sodium {
  crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean
  crypto_sign_detached(signature: Uint8Array, message: Uint8Array, secretKey: Uint8Array): void
  crypto_sign_seed_keypair(publicKey: Uint8Array, secretKey: Uint8Array, seed: Uint8Array): void
  crypto_hash_sha256(output: Uint8Array, input: Uint8Array): void
}

const load = createRequire(import.meta.url)

/** The native library, or undefined where it is not installed or not built for this machine. */
export function loadSodium(loadModule: () => unknown = () => load('sodium-native')): Sodium | undefined {
  try {
    return loadModule() as Sodium
  } catch {
    return undefined
  }
}

// V8 keeps arrays up to 64 bytes on its heap and must move them out, for about 1 µs each, before native code may see them.
// Arguments are therefore copied into buffers that stay outside.
const ON_HEAP_BYTES = 64
const STAGE_BYTES = 1024

/** Input as native code can read it without a move. The result is valid until the next call. */
function staged(stage: Uint8Array, input: Uint8Array): Uint8Array {
  if (input.length > ON_HEAP_BYTES) return input
  for (let index = 0; index < input.length; index++) stage[index] = input[index] as number
  return stage.subarray(0, input.length)
}

function copyInto(target: Uint8Array, source: Uint8Array): void {
  for (let index = 0; index < target.length; index++) target[index] = source[index] as number
}

export function sodiumEd25519(sodium: Sodium): Ed25519Backend {
  const keyStage = new Uint8Array(STAGE_BYTES).subarray(0, 32)
  const signatureStage = new Uint8Array(STAGE_BYTES).subarray(0, 64)
  const messageStage = new Uint8Array(STAGE_BYTES)
  return {
    name: 'sodium',
    verify(publicKey, message, signature) {
      copyInto(keyStage, publicKey)
      copyInto(signatureStage, signature)
      return sodium.crypto_sign_verify_detached(signatureStage, staged(messageStage, message), keyStage)
    },
    signerOf(seed) {
      const publicKey = new Uint8Array(32)
      const secretKey = new Uint8Array(STAGE_BYTES).subarray(0, 64)
      sodium.crypto_sign_seed_keypair(publicKey, secretKey, seed)
      return {
        publicKey,
        sign(message) {
          sodium.crypto_sign_detached(signatureStage, staged(messageStage, message), secretKey)
          return signatureStage.slice()
        },
      }
    },
  }
}

export function sodiumSha256Into(sodium: Sodium): (output: Uint8Array, offset: number, input: Uint8Array) => void {
  const digest = new Uint8Array(STAGE_BYTES).subarray(0, 32)
  const inputStage = new Uint8Array(STAGE_BYTES)
  return (output, offset, input) => {
    sodium.crypto_hash_sha256(digest, staged(inputStage, input))
    output.set(digest, offset)
  }
}
