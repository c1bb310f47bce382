import { equalBytes } from '@cresset/core-codec'
import { ByteArena, copyBytes } from './byte-arena.ts'
import { bitAt, sharedBits } from './key-bits.ts'
import { type Layout, PLACES_A_CHUNK } from './layout.ts'
import { KEY_BITS } from './limits.ts'
import { type Branch, Leaf, makeBranch, makeLeaf, type NewPlace, type Reference } from './node.ts'
import { PLACE_BYTES } from './place.ts'
import type { Write } from './store.ts'

/** New value of a key, or with `value` undefined its end. */
export interface Change {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/** Reads a child that is not in memory; `level` is the number of branches above it. */
export type ReadChild = (parent: Branch, side: 0 | 1, level: number) => Leaf | Branch

/**
 * Lays sorted changes over a tree. Nothing that exists is altered: the result shares every untouched subtree, and the
 * merge remembers which nodes it made, which it made obsolete, and which changes had an effect.
 */
export class Merge {
  /** Puts of the nodes made, in the order of their places. */
  readonly writes: Write[] = []
  /** Places of the nodes that the new version no longer has, joined to lists of `PLACES_A_CHUNK`. */
  readonly replaced: Uint8Array[] = []
  /** The changes that altered an entry. */
  readonly effective: Change[] = []

  readonly #changes: readonly Change[]
  readonly #version: number
  readonly #head: Uint8Array
  readonly #readChild: ReadChild
  readonly #arena = new ByteArena()
  #replacedCount = 0

  /** Bytes of the nodes made. */
  get madeBytes(): number {
    return this.#arena.reservedBytes
  }

  /** `changes` are sorted by key without duplicates. */
  constructor(changes: readonly Change[], version: number, layout: Layout, readChild: ReadChild) {
    this.#changes = changes
    this.#version = version
    this.#head = layout.nodeHead
    this.#readChild = readChild
  }

  /** `root.node` is present. Call once. */
  run(root: Reference | undefined): Reference | undefined {
    if (this.#changes.length === 0) return root
    const merged =
      root === undefined ? this.#build(0, this.#changes.length) : this.#merge(root, 0, this.#changes.length, 0)
    const last = this.replaced.length - 1
    const used = (this.#replacedCount - last * PLACES_A_CHUNK) * PLACE_BYTES
    if (last >= 0) this.replaced[last] = (this.replaced[last] as Uint8Array).slice(0, used)
    return merged
  }

  /** `reference.node` is present. Changes `from` … `to` all belong to this place in the tree. */
  #merge(reference: Reference, from: number, to: number, level: number): Reference | undefined {
    const node = reference.node as Leaf | Branch
    const isLeaf = node instanceof Leaf
    const prefixAt = isLeaf ? node.keyAt : node.prefixAt
    const limitBits = isLeaf ? KEY_BITS : node.depth
    // Sorted, so the first and the last are the ones that leave the common prefix earliest.
    const shared = Math.min(
      sharedBits(this.#key(from), node.bytes, prefixAt, limitBits),
      sharedBits(this.#key(to - 1), node.bytes, prefixAt, limitBits),
    )
    if (shared === limitBits) {
      return isLeaf ? this.#mergeLeaf(reference, node, from) : this.#mergeBranch(reference, node, from, to, level)
    }
    const middle = this.#split(from, to, shared)
    const isLeft = bitAt(node.bytes, shared, prefixAt) === 0
    // Left before right, whichever is new: places are then the same whoever computes them.
    const left = isLeft ? this.#stay(reference, from, middle, level) : this.#build(from, middle)
    const right = isLeft ? this.#build(middle, to) : this.#stay(reference, middle, to, level)
    return this.#join(shared, left, right, node.bytes, prefixAt)
  }

  #stay(reference: Reference, from: number, to: number, level: number): Reference | undefined {
    return from === to ? reference : this.#merge(reference, from, to, level)
  }

  #mergeLeaf(reference: Reference, leaf: Leaf, at: number): Reference | undefined {
    const change = this.#changes[at] as Change
    if (change.value !== undefined && equalBytes(change.value, leaf.value)) return reference
    this.#replace(reference)
    return this.#leaf(change)
  }

  #mergeBranch(reference: Reference, branch: Branch, from: number, to: number, level: number): Reference | undefined {
    const middle = this.#split(from, to, branch.depth)
    const oldLeft = branch.child(0)
    const oldRight = branch.child(1)
    if (from !== middle) oldLeft.node ??= this.#readChild(branch, 0, level + 1)
    const left = this.#stay(oldLeft, from, middle, level + 1)
    if (middle !== to) oldRight.node ??= this.#readChild(branch, 1, level + 1)
    const right = this.#stay(oldRight, middle, to, level + 1)
    if (left === oldLeft && right === oldRight) return reference
    this.#replace(reference)
    return this.#join(branch.depth, left, right, branch.bytes, branch.prefixAt)
  }

  /** A subtree of new entries only. */
  #build(from: number, to: number): Reference | undefined {
    if (from === to) return undefined
    if (to - from === 1) {
      const change = this.#changes[from] as Change
      return change.value === undefined ? undefined : this.#leaf(change)
    }
    const key = this.#key(from)
    const depth = sharedBits(key, this.#key(to - 1))
    const middle = this.#split(from, to, depth)
    const left = this.#build(from, middle)
    const right = this.#build(middle, to)
    return this.#join(depth, left, right, key, 0)
  }

  #leaf(change: Change): Reference | undefined {
    this.effective.push(change)
    if (change.value === undefined) return undefined
    return this.#made(makeLeaf(this.#arena, this.#nextPlace(), change.key, change.value))
  }

  #join(
    depth: number,
    left: Reference | undefined,
    right: Reference | undefined,
    keyBytes: Uint8Array,
    keyAt: number,
  ): Reference | undefined {
    if (left === undefined) return right
    if (right === undefined) return left
    return this.#made(makeBranch(this.#arena, this.#nextPlace(), depth, keyBytes, keyAt, left, right))
  }

  #nextPlace(): NewPlace {
    return { head: this.#head, version: this.#version, index: this.writes.length }
  }

  #made(reference: Reference): Reference {
    const { bytes, placeAt } = reference
    // The record ends where the key begins, and the key with the place.
    const keyAt = placeAt - this.#head.length
    const key = bytes.subarray(keyAt, placeAt + PLACE_BYTES)
    this.writes.push({ key, value: bytes.subarray((reference.node as Leaf | Branch).at, keyAt) })
    return reference
  }

  #replace(reference: Reference): void {
    const index = this.#replacedCount++ % PLACES_A_CHUNK
    if (index === 0) this.replaced.push(new Uint8Array(PLACES_A_CHUNK * PLACE_BYTES))
    const chunk = this.replaced.at(-1) as Uint8Array
    copyBytes(chunk, index * PLACE_BYTES, reference.bytes, reference.placeAt, PLACE_BYTES)
  }

  #key(at: number): Uint8Array {
    return (this.#changes[at] as Change).key
  }

  /** First of the changes `from` … `to` whose key has a 1 at `bit`; they agree on the bits before. */
  #split(from: number, to: number, bit: number): number {
    let low = from
    let high = to
    while (low < high) {
      const middle = (low + high) >> 1
      if (bitAt(this.#key(middle), bit) === 0) low = middle + 1
      else high = middle
    }
    return low
  }
}
