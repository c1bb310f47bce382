import { equalBytes } from '@cresset/core-codec'
import { HASH_BYTES, sha256 } from './hash.ts'

// RFC 9162 section 2.1.1: a leaf can never be taken for a node.
const LEAF = 0x00
const NODE = 0x01

/** SHA-256(0x00 ‖ leaf). */
export function merkleLeafHash(leaf: Uint8Array): Uint8Array {
  const input = new Uint8Array(1 + leaf.length)
  input[0] = LEAF
  input.set(leaf, 1)
  return sha256(input)
}

// Reused, because allocating it would take longer than the hash.
const nodeInput = new Uint8Array(1 + 2 * HASH_BYTES)
nodeInput[0] = NODE

/** SHA-256(0x01 ‖ left ‖ right). Both have 32 bytes. */
export function merkleNodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  if (left.length !== HASH_BYTES || right.length !== HASH_BYTES) throw new RangeError('a node joins two hashes')
  nodeInput.set(left, 1)
  nodeInput.set(right, 1 + HASH_BYTES)
  return sha256(nodeInput)
}

/**
 * Root of RFC 9162 section 2.1.1; of no leaves SHA-256(""). Joining neighbours level by level, with an odd last one going up as
 * it is, gives the RFC's recursive split at the largest power of two.
 */
export function merkleRoot(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length === 0) return sha256(new Uint8Array(0))
  let level = leaves.map(merkleLeafHash)
  while (level.length > 1) level = nextLevel(level)
  return level[0] as Uint8Array
}

function nextLevel(level: readonly Uint8Array[]): Uint8Array[] {
  const next: Uint8Array[] = []
  for (let index = 0; index < level.length; index += 2) {
    const left = level[index] as Uint8Array
    const right = level[index + 1]
    next.push(right === undefined ? left : merkleNodeHash(left, right))
  }
  return next
}

/** Siblings from the leaf to the root (RFC 9162 section 2.1.3.1). Throws RangeError when there is no such leaf. */
export function merkleProof(leaves: readonly Uint8Array[], index: number): Uint8Array[] {
  if (!Number.isInteger(index) || index < 0 || index >= leaves.length) {
    throw new RangeError(`no leaf ${index} among ${leaves.length}`)
  }
  const proof: Uint8Array[] = []
  let level = leaves.map(merkleLeafHash)
  for (let at = index; level.length > 1; at >>>= 1) {
    const sibling = level[at ^ 1]
    if (sibling !== undefined) proof.push(sibling)
    level = nextLevel(level)
  }
  return proof
}

/** RFC 9162 section 2.1.3.2: whether `leaf` is number `index` of the `size` leaves under `root`. */
export function verifyMerkleProof(
  leaf: Uint8Array,
  index: number,
  size: number,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!Number.isSafeInteger(index) || !Number.isSafeInteger(size) || index < 0 || index >= size) return false
  if (proof.length > 53 || proof.some((sibling) => sibling.length !== HASH_BYTES)) return false
  let at = index
  let last = size - 1
  let hash = merkleLeafHash(leaf)
  for (const sibling of proof) {
    if (last === 0) return false
    // An even last node has no sibling at this level: it goes up until it has one.
    while (at === last && at % 2 === 0) {
      at /= 2
      last /= 2
    }
    hash = at % 2 === 1 ? merkleNodeHash(sibling, hash) : merkleNodeHash(hash, sibling)
    at = Math.floor(at / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && equalBytes(hash, root)
}
