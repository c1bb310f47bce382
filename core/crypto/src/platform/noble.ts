import { ByteMap, concatBytes, equalBytes } from '@cresset/core-codec'
import { ed25519 } from '@noble/curves/ed25519.js'
import { p256 } from '@noble/curves/nist.js'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { Ed25519Backend, P256Backend } from './interface.ts'

const { Point } = ed25519

function littleEndian(bytes: Uint8Array): bigint {
  let value = 0n
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] as number)
  return value
}

/** Keys of this many signers are kept: a validator set. A table of multiples has some 120 KB. */
const maxKnownKeys = 128
const tableWindowBits = 4

type EdwardsPoint = ReturnType<typeof Point.fromBytes>

const knownKeys = new ByteMap<EdwardsPoint>()

/**
 * The point of a key, negated. The keys of validators come with every answer: one that comes a second time gets a table of its multiples,
 * which costs as much as two signatures and makes each one after it three times as fast.
 */
function negatedKey(publicKey: Uint8Array): EdwardsPoint {
  const known = knownKeys.get(publicKey)
  // Sets the size; the table itself is made by the multiplication, once.
  if (known !== undefined) return hasTable.has(known) ? known : withTable(known)
  const point = Point.fromBytes(publicKey).negate()
  if (knownKeys.size >= maxKnownKeys) knownKeys.clear()
  knownKeys.set(publicKey, point)
  return point
}

const hasTable = new WeakSet<EdwardsPoint>()

function withTable(point: EdwardsPoint): EdwardsPoint {
  hasTable.add(point)
  return point.precompute(tableWindowBits)
}

/** The library's point arithmetic under our equation: its own `verify` follows another rule (ZIP 215). */
export const nobleEd25519: Ed25519Backend = {
  name: 'noble',
  verify(publicKey, message, signature) {
    try {
      const negated = negatedKey(publicKey)
      const commitment = signature.subarray(0, 32)
      const order = Point.Fn.ORDER
      const challenge = littleEndian(sha512(concatBytes(commitment, publicKey, message))) % order
      const response = littleEndian(signature.subarray(32)) % order
      // R' = [S]B − [k]A
      const expected = Point.BASE.multiplyUnsafe(response).add(negated.multiplyUnsafe(challenge))
      return equalBytes(expected.toBytes(), commitment)
    } catch {
      return false
    }
  },
  signerOf(seed) {
    return { publicKey: ed25519.getPublicKey(seed), sign: (message) => ed25519.sign(message, seed) }
  },
}

export const nobleP256: P256Backend = {
  name: 'noble',
  verify(publicKey, message, signature) {
    try {
      return p256.verify(signature, message, publicKey, { lowS: false, prehash: true, format: 'compact' })
    } catch {
      return false
    }
  },
  publicKeyOf: (secret) => p256.getPublicKey(secret, true),
}

export function nobleSha256Into(output: Uint8Array, offset: number, input: Uint8Array): void {
  output.set(sha256(input), offset)
}
