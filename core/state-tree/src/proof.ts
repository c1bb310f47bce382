import {
  bytes,
  CodecError,
  type Decoded,
  equalBytes,
  fixedBytes,
  hash32,
  struct,
  variant,
  versioned,
} from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { bitAt } from './key-bits.ts'
import { HASH_BYTES, KEY_BITS, KEY_BYTES, MAX_SIBLINGS, MAX_VALUE_BYTES } from './limits.ts'
import { branchHash, emptyRoot, leafHash } from './node.ts'

/*
 * A proof is the way from the root to where the key stands or would stand: the depths of the branches passed, the hash of
 * the other child at each, and what is at the end.
 *
 * Why it cannot say anything else than the tree does. Leaf and branch preimages differ in first byte and in length, and a
 * branch hash covers its depth, so (SHA-256 being collision-resistant) a list of preimages that leads up to the root is a
 * list of nodes of the real tree, each at its real depth: no hash can be read as a node of another kind or depth. The
 * checker itself chooses the side at each depth by the bit of the key asked for, so the list is *the* way of that key. In
 * the real tree every leaf lies on the way of its own key; hence if the way of the key ends in another leaf, the key is not
 * there, and if it ends in a leaf of the key, the covered value hash is the value's. An empty tree has a root of its own
 * that no leaf or branch has.
 * The encoding is canonical (the codec compares), so a proof that verifies has no second spelling either.
 */

/** Bit i is set where the way passes a branch of depth i; without zero bytes at the end. */
const depthsCodec = bytes({ maxBytes: KEY_BITS / 8 })

const proofCodec = versioned(1, {
  depths: depthsCodec,
  /** Other children from the root downwards, 32 bytes each. */
  siblings: bytes({ maxBytes: MAX_SIBLINGS * HASH_BYTES }),
  end: variant({
    /** The tree has no entries. */
    empty: [0, struct({})],
    /** The key is there. */
    value: [1, bytes({ maxBytes: MAX_VALUE_BYTES })],
    /** Another key stands alone on the way of this one. */
    otherLeaf: [2, struct({ key: fixedBytes(KEY_BYTES), valueHash: hash32 })],
  }),
})

/** Greatest length of an encoded proof in bytes. */
export const MAX_PROOF_BYTES: number = proofCodec.maxBytes

type Proof = Decoded<typeof proofCodec>
export type ProofEnd = Proof['end']

/** Depths rise; `siblings` belong to them in order. */
export function encodeProof(depths: readonly number[], siblings: readonly Uint8Array[], end: ProofEnd): Uint8Array {
  const bitmap = new Uint8Array(depths.length === 0 ? 0 : ((depths.at(-1) as number) >> 3) + 1)
  for (const depth of depths) bitmap[depth >> 3] = (bitmap[depth >> 3] as number) | (0x80 >> (depth & 7))
  const joined = new Uint8Array(siblings.length * HASH_BYTES)
  siblings.forEach((sibling, index) => {
    joined.set(sibling, index * HASH_BYTES)
  })
  return proofCodec.encode({ depths: bitmap, siblings: joined, end })
}

/**
 * Why a proof proves nothing:
 * - `malformed`: not the canonical encoding of a proof, or its parts do not fit each other
 * - `other-key`: its last leaf cannot stand on the way of the key asked for
 * - `other-root`: it leads to another root
 */
export type ProofProblem = 'malformed' | 'other-key' | 'other-root'

export type ProofVerdict =
  | { readonly ok: true; readonly value: Uint8Array | undefined }
  | { readonly ok: false; readonly problem: ProofProblem }

/**
 * What `proof` says of `key` in the tree with this root: its value, or undefined where the key has none. Needs nothing but
 * its arguments; any bytes may be given as proof.
 */
export function verifyProof(input: { root: Uint8Array; key: Uint8Array; proof: Uint8Array }): ProofVerdict {
  const { root, key } = input
  if (key.length !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes, not ${key.length}`)
  const proof = decodeProof(input.proof)
  if (proof === undefined) return { ok: false, problem: 'malformed' }
  const { depths: bitmap, siblings, end } = proof
  const branches = siblings.length / HASH_BYTES

  let hash: Uint8Array
  if (end.kind === 'empty') {
    if (branches !== 0) return { ok: false, problem: 'malformed' }
    hash = emptyRoot
  } else if (end.kind === 'value') {
    hash = leafHash(key, sha256(end.body))
  } else {
    const other = end.body.key
    if (equalBytes(other, key)) return { ok: false, problem: 'malformed' }
    for (let depth = 0; depth < bitmap.length * 8; depth++) {
      if (bitAt(bitmap, depth) === 1 && bitAt(other, depth) !== bitAt(key, depth))
        return { ok: false, problem: 'other-key' }
    }
    hash = leafHash(other, end.body.valueHash)
  }

  let remaining = branches
  for (let depth = bitmap.length * 8 - 1; depth >= 0; depth--) {
    if (bitAt(bitmap, depth) === 0) continue
    remaining--
    const sibling = siblings.subarray(remaining * HASH_BYTES, (remaining + 1) * HASH_BYTES)
    hash = bitAt(key, depth) === 1 ? branchHash(depth, sibling, hash) : branchHash(depth, hash, sibling)
  }
  if (!equalBytes(hash, root)) return { ok: false, problem: 'other-root' }
  return { ok: true, value: end.kind === 'value' ? end.body : undefined }
}

/** The subtrees left of the way to `key`, which `proof` was verified for, from the root downwards. */
export function leftOfProof(key: Uint8Array, proof: Uint8Array): { depth: number; hash: Uint8Array }[] {
  const { depths, siblings } = proofCodec.decode(proof)
  const left: { depth: number; hash: Uint8Array }[] = []
  for (let depth = 0, passed = 0; depth < depths.length * 8; depth++) {
    if (bitAt(depths, depth) === 0) continue
    const hash = siblings.subarray(passed * HASH_BYTES, ++passed * HASH_BYTES)
    if (bitAt(key, depth) === 1) left.push({ depth, hash })
  }
  return left
}

/** Undefined unless it is canonical and its parts fit each other. */
function decodeProof(encoded: Uint8Array): Proof | undefined {
  let proof: Proof
  try {
    proof = proofCodec.decode(encoded)
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
  const { depths, siblings } = proof
  if (depths.length > 0 && depths.at(-1) === 0) return undefined
  let branches = 0
  for (const byte of depths) branches += bitsSet(byte)
  return siblings.length === branches * HASH_BYTES ? proof : undefined
}

function bitsSet(byte: number): number {
  let count = 0
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++
  return count
}
