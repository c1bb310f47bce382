import { sha256, sha256Into } from '@cresset/core-crypto'
import { type ByteArena, copyBytes } from './byte-arena.ts'
import { HASH_BYTES, KEY_BYTES } from './limits.ts'
import { MAX_CHAIN_NODES, PLACE_BYTES, RECORD_KEY_BYTES, writeRecordKey } from './place.ts'

/*
 * How the root is defined.
 *
 *   empty tree   SHA-256 of nothing
 *   leaf         SHA-256(0x00 ‖ key ‖ SHA-256(value))
 *   branch       SHA-256(0x01 ‖ depth ‖ left ‖ right)
 *
 * A branch stands where the keys below it first differ: `depth` is the number of that bit, keys with a 0 there are on the
 * left, keys with a 1 on the right. The tree is therefore a function of the set of entries, whatever their history.
 * A value enters by its hash, so that it can be long and an absence proof need not carry a stranger's value.
 *
 * A node is kept as the preimage of its hash and what else is needed:
 *
 *   leaf         preimage ‖ value
 *   branch       preimage ‖ place of the left child ‖ place of the right child ‖ prefix
 *
 * The prefix is the leading `depth` bits of the keys below (whole bytes; bits past `depth` have no meaning): by it a change
 * finds out that its key belongs above the branch.
 */

export const LEAF_TAG = 0x00
export const BRANCH_TAG = 0x01
export const LEAF_PREIMAGE_BYTES = 1 + KEY_BYTES + HASH_BYTES
export const BRANCH_PREIMAGE_BYTES = 2 + 2 * HASH_BYTES

const LEFT_HASH = 2
const LEFT_PLACE = BRANCH_PREIMAGE_BYTES
const PREFIX = LEFT_PLACE + 2 * PLACE_BYTES

/** Hash of the tree without entries. */
export const emptyRoot: Uint8Array = sha256(new Uint8Array(0))

export function leafHash(key: Uint8Array, valueHash: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(LEAF_PREIMAGE_BYTES)
  preimage[0] = LEAF_TAG
  preimage.set(key, 1)
  preimage.set(valueHash, 1 + KEY_BYTES)
  return sha256(preimage)
}

export function branchHash(depth: number, left: Uint8Array, right: Uint8Array): Uint8Array {
  const preimage = new Uint8Array(BRANCH_PREIMAGE_BYTES)
  preimage[0] = BRANCH_TAG
  preimage[1] = depth
  preimage.set(left, 2)
  preimage.set(right, 2 + HASH_BYTES)
  return sha256(preimage)
}

/** A node as its parent knows it: where its hash and its place stand, and its content where that is in memory. */
export class Reference {
  readonly bytes: Uint8Array
  readonly hashAt: number
  readonly placeAt: number
  node: Leaf | Branch | undefined
  /** The chain of new nodes that this one is the highest of, while it is being made. */
  chain: Chain | undefined

  constructor(bytes: Uint8Array, hashAt: number, placeAt: number, node: Leaf | Branch | undefined) {
    this.bytes = bytes
    this.hashAt = hashAt
    this.placeAt = placeAt
    this.node = node
    this.chain = undefined
  }

  /** A copy. */
  get hash(): Uint8Array {
    return this.bytes.slice(this.hashAt, this.hashAt + HASH_BYTES)
  }

  get place(): Uint8Array {
    return this.bytes.subarray(this.placeAt, this.placeAt + PLACE_BYTES)
  }
}

/** A record in memory; it need not begin or end where `bytes` does. */
export class Leaf {
  readonly bytes: Uint8Array
  readonly at: number
  readonly end: number

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.bytes = bytes
    this.at = at
    this.end = end
  }

  get keyAt(): number {
    return this.at + 1
  }

  get key(): Uint8Array {
    return this.bytes.subarray(this.at + 1, this.at + 1 + KEY_BYTES)
  }

  get valueHash(): Uint8Array {
    return this.bytes.subarray(this.at + 1 + KEY_BYTES, this.at + LEAF_PREIMAGE_BYTES)
  }

  get value(): Uint8Array {
    return this.bytes.subarray(this.at + LEAF_PREIMAGE_BYTES, this.end)
  }
}

/** A record in memory, and the children that are in memory too: undefined says nothing about the store. */
export class Branch {
  bytes: Uint8Array
  at: number
  readonly depth: number
  left: Leaf | Branch | undefined
  right: Leaf | Branch | undefined
  /** Version that made it, as long as that is known without looking; −1 when it was read from the store. */
  readonly madeIn: number

  constructor(bytes: Uint8Array, at: number, madeIn: number) {
    this.bytes = bytes
    this.at = at
    this.depth = bytes[at + 1] as number
    this.left = undefined
    this.right = undefined
    this.madeIn = madeIn
  }

  get prefixAt(): number {
    return this.at + PREFIX
  }

  /** Length of the record in bytes. */
  get recordBytes(): number {
    return branchBytes(this.depth)
  }

  child(side: 0 | 1): Reference {
    const hashAt = this.at + LEFT_HASH + side * HASH_BYTES
    return new Reference(this.bytes, hashAt, this.placeAt(side), this.childInMemory(side))
  }

  placeAt(side: 0 | 1): number {
    return this.at + LEFT_PLACE + side * PLACE_BYTES
  }

  childInMemory(side: 0 | 1): Leaf | Branch | undefined {
    return side === 0 ? this.left : this.right
  }

  childHash(side: 0 | 1): Uint8Array {
    const start = this.at + LEFT_HASH + side * HASH_BYTES
    return this.bytes.subarray(start, start + HASH_BYTES)
  }

  /** Moves the record, so that the array it is in can go. */
  moveTo(arena: ByteArena): void {
    const length = this.recordBytes
    const at = arena.reserve(length)
    copyBytes(arena.bytes, at, this.bytes, this.at, length)
    this.bytes = arena.bytes
    this.at = at
  }
}

/** How the keys below a branch stand to a key: −1 all before it, 1 all behind it, 0 on both sides of it or unknown. */
export function comparePrefix(branch: Branch, key: Uint8Array): number {
  const { depth, bytes, prefixAt } = branch
  for (let index = 0; index * 8 < depth; index++) {
    const known = Math.min(8, depth - index * 8)
    const difference = ((bytes[prefixAt + index] as number) >> (8 - known)) - ((key[index] as number) >> (8 - known))
    if (difference !== 0) return Math.sign(difference)
  }
  return 0
}

/** New nodes that are stored in one record, each a child of the next; see `chain.ts`. */
export class Chain {
  /** Number of the record within its version. */
  readonly record: number
  /** From the lowest to the highest. */
  readonly nodes: (Leaf | Branch)[] = []

  constructor(record: number) {
    this.record = record
  }

  get isFull(): boolean {
    return this.nodes.length === MAX_CHAIN_NODES
  }
}

/** Length of a branch's record. */
export function branchBytes(depth: number): number {
  return PREFIX + ((depth + 7) >> 3)
}

// Kept outside of V8's heap by their length, which is what native hashing needs.
const leafPreimage = new Uint8Array(LEAF_PREIMAGE_BYTES)
const branchPreimage = new Uint8Array(BRANCH_PREIMAGE_BYTES)
leafPreimage[0] = LEAF_TAG
branchPreimage[0] = BRANCH_TAG

/** Where a new node will be stored. */
export interface NewPlace {
  readonly version: number
  readonly record: number
  readonly position: number
}

/** A new leaf in the arena; behind the record are its place and its hash. */
export function makeLeaf(arena: ByteArena, place: NewPlace, key: Uint8Array, value: Uint8Array): Reference {
  const length = LEAF_PREIMAGE_BYTES + value.length
  const at = arena.reserve(length + PLACE_BYTES + HASH_BYTES)
  const { bytes } = arena
  copyBytes(leafPreimage, 1, key, 0, KEY_BYTES)
  sha256Into(leafPreimage, 1 + KEY_BYTES, value)
  copyBytes(bytes, at, leafPreimage, 0, LEAF_PREIMAGE_BYTES)
  copyBytes(bytes, at + LEAF_PREIMAGE_BYTES, value, 0, value.length)
  return finish(bytes, place, at + length, leafPreimage, new Leaf(bytes, at, at + length))
}

/** A new branch in the arena, like `makeLeaf`. At `keyAt` in `keyBytes` is a key that belongs below it, or its prefix. */
export function makeBranch(
  arena: ByteArena,
  place: NewPlace,
  depth: number,
  keyBytes: Uint8Array,
  keyAt: number,
  left: Reference,
  right: Reference,
): Reference {
  const length = branchBytes(depth)
  const at = arena.reserve(length + PLACE_BYTES + HASH_BYTES)
  const { bytes } = arena
  branchPreimage[1] = depth
  copyBytes(branchPreimage, LEFT_HASH, left.bytes, left.hashAt, HASH_BYTES)
  copyBytes(branchPreimage, LEFT_HASH + HASH_BYTES, right.bytes, right.hashAt, HASH_BYTES)
  copyBytes(bytes, at, branchPreimage, 0, BRANCH_PREIMAGE_BYTES)
  copyBytes(bytes, at + LEFT_PLACE, left.bytes, left.placeAt, PLACE_BYTES)
  copyBytes(bytes, at + LEFT_PLACE + PLACE_BYTES, right.bytes, right.placeAt, PLACE_BYTES)
  copyBytes(bytes, at + PREFIX, keyBytes, keyAt, length - PREFIX)
  const branch = new Branch(bytes, at, place.version)
  if (left.node instanceof Branch) branch.left = left.node
  if (right.node instanceof Branch) branch.right = right.node
  return finish(bytes, place, at + length, branchPreimage, branch)
}

function finish(
  bytes: Uint8Array,
  { version, record, position }: NewPlace,
  placeAt: number,
  preimage: Uint8Array,
  node: Leaf | Branch,
): Reference {
  writeRecordKey(bytes, placeAt, version, record)
  bytes[placeAt + RECORD_KEY_BYTES] = position
  sha256Into(bytes, placeAt + PLACE_BYTES, preimage)
  return new Reference(bytes, placeAt + PLACE_BYTES, placeAt, node)
}
