import { sha256 } from '@cresset/core-crypto'
import { HASH_BYTES, KEY_BYTES } from './limits.ts'
import { StateTreeError } from './state-tree-error.ts'

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
 */

export const LEAF_TAG = 0x00
export const BRANCH_TAG = 0x01
export const LEAF_PREIMAGE_BYTES = 1 + KEY_BYTES + HASH_BYTES
export const BRANCH_PREIMAGE_BYTES = 2 + 2 * HASH_BYTES

/** Where a node is stored: version (6 bytes) ‖ index within the version (4 bytes), rising in the order of writing. */
export const PLACE_BYTES = 10

const LEFT_HASH = 2
const RIGHT_HASH = LEFT_HASH + HASH_BYTES
const LEFT_PLACE = BRANCH_PREIMAGE_BYTES
const RIGHT_PLACE = LEFT_PLACE + PLACE_BYTES
const PREFIX = RIGHT_PLACE + PLACE_BYTES

/** Hash of the tree without entries. */
export const emptyRoot: Uint8Array = sha256(new Uint8Array(0))

/** Stored form: the preimage of its hash, then the value. */
export class Leaf {
  readonly record: Uint8Array

  constructor(record: Uint8Array) {
    this.record = record
  }

  static create(key: Uint8Array, value: Uint8Array): Leaf {
    const record = new Uint8Array(LEAF_PREIMAGE_BYTES + value.length)
    record[0] = LEAF_TAG
    record.set(key, 1)
    record.set(sha256(value), 1 + KEY_BYTES)
    record.set(value, LEAF_PREIMAGE_BYTES)
    return new Leaf(record)
  }

  get key(): Uint8Array {
    return this.record.subarray(1, 1 + KEY_BYTES)
  }

  get valueHash(): Uint8Array {
    return this.record.subarray(1 + KEY_BYTES, LEAF_PREIMAGE_BYTES)
  }

  get value(): Uint8Array {
    return this.record.subarray(LEAF_PREIMAGE_BYTES)
  }

  hash(): Uint8Array {
    return sha256(this.record.subarray(0, LEAF_PREIMAGE_BYTES))
  }
}

/**
 * Stored form: the preimage of its hash, the places of both children, and the leading `depth` bits of the keys below
 * (whole bytes; bits past `depth` have no meaning), by which a change finds out that its key belongs above this branch.
 */
export class Branch {
  readonly record: Uint8Array
  /** Children kept in memory; undefined says nothing about the store. */
  left: Branch | undefined
  right: Branch | undefined

  constructor(record: Uint8Array) {
    this.record = record
    this.left = undefined
    this.right = undefined
  }

  static create(depth: number, keyBelow: Uint8Array, left: Subtree, right: Subtree): Branch {
    const prefixBytes = (depth + 7) >> 3
    const record = new Uint8Array(PREFIX + prefixBytes)
    record[0] = BRANCH_TAG
    record[1] = depth
    record.set(left.hash, LEFT_HASH)
    record.set(right.hash, RIGHT_HASH)
    record.set(left.place, LEFT_PLACE)
    record.set(right.place, RIGHT_PLACE)
    for (let index = 0; index < prefixBytes; index++) record[PREFIX + index] = keyBelow[index] as number
    return new Branch(record)
  }

  get depth(): number {
    return this.record[1] as number
  }

  get prefix(): Uint8Array {
    return this.record.subarray(PREFIX)
  }

  childHash(side: 0 | 1): Uint8Array {
    const start = side === 0 ? LEFT_HASH : RIGHT_HASH
    return this.record.subarray(start, start + HASH_BYTES)
  }

  childPlace(side: 0 | 1): Uint8Array {
    const start = side === 0 ? LEFT_PLACE : RIGHT_PLACE
    return this.record.subarray(start, start + PLACE_BYTES)
  }

  hash(): Uint8Array {
    return sha256(this.record.subarray(0, BRANCH_PREIMAGE_BYTES))
  }
}

/** A node as its parent knows it. */
export interface Subtree {
  readonly hash: Uint8Array
  readonly place: Uint8Array
  /** Its content, where it is in memory. */
  readonly node: Leaf | Branch | undefined
}

export function readNode(record: Uint8Array): Leaf | Branch {
  if (record[0] === LEAF_TAG && record.length >= LEAF_PREIMAGE_BYTES) return new Leaf(record)
  if (record[0] === BRANCH_TAG && record.length === PREFIX + (((record[1] as number) + 7) >> 3)) {
    return new Branch(record)
  }
  throw new StateTreeError('damaged', 'a stored node is neither leaf nor branch')
}
