import { equalBytes } from '@cresset/core-codec'
import { ByteArena, copyBytes } from './byte-arena.ts'
import { encodeChain } from './chain.ts'
import { bitAt, sharedBits } from './key-bits.ts'
import { type Layout, RECORDS_A_LIST } from './layout.ts'
import { KEY_BITS } from './limits.ts'
import { type Branch, Chain, Leaf, makeBranch, makeLeaf, type Reference } from './node.ts'
import { positionAt, RECORD_KEY_BYTES } from './place.ts'
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
  /** Puts of the nodes made. */
  readonly writes: Write[] = []
  /** Keys of the records that the new version no longer needs, joined to lists of `RECORDS_A_LIST`. */
  readonly replaced: Uint8Array[] = []
  /** The changes that altered an entry. */
  readonly effective: Change[] = []

  readonly #changes: readonly Change[]
  readonly #version: number
  readonly #readChild: ReadChild
  readonly #arena = new ByteArena()
  readonly #chains: Chain[] = []
  #replacedCount = 0

  /** `changes` are sorted by key without duplicates. */
  constructor(changes: readonly Change[], version: number, readChild: ReadChild) {
    this.#changes = changes
    this.#version = version
    this.#readChild = readChild
  }

  /** Bytes of the nodes made. */
  get madeBytes(): number {
    return this.#arena.reservedBytes
  }

  /** `root.node` is present. Call once. */
  run(root: Reference | undefined, layout: Layout): Reference | undefined {
    if (this.#changes.length === 0) return root
    const merged =
      root === undefined ? this.#build(0, this.#changes.length) : this.#merge(root, 0, this.#changes.length, 0)
    for (const chain of this.#chains) {
      this.writes.push({ key: layout.record(this.#version, chain.record), value: encodeChain(chain, this.#arena) })
    }
    const last = this.replaced.length - 1
    const used = (this.#replacedCount - last * RECORDS_A_LIST) * RECORD_KEY_BYTES
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
    const chain = this.#newChain()
    const place = { version: this.#version, record: chain.record, position: 0 }
    return this.#extend(chain, makeLeaf(this.#arena, place, change.key, change.value))
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
    const chain = longer(left.chain, right.chain) ?? this.#newChain()
    const place = { version: this.#version, record: chain.record, position: chain.nodes.length }
    return this.#extend(chain, makeBranch(this.#arena, place, depth, keyBytes, keyAt, left, right))
  }

  #newChain(): Chain {
    const chain = new Chain(this.#chains.length)
    this.#chains.push(chain)
    return chain
  }

  #extend(chain: Chain, made: Reference): Reference {
    chain.nodes.push(made.node as Leaf | Branch)
    made.chain = chain
    return made
  }

  #replace({ bytes, placeAt }: Reference): void {
    // The record is needed as long as its lowest node is.
    if (positionAt(bytes, placeAt) !== 0) return
    const index = this.#replacedCount++ % RECORDS_A_LIST
    if (index === 0) this.replaced.push(new Uint8Array(RECORDS_A_LIST * RECORD_KEY_BYTES))
    copyBytes(this.replaced.at(-1) as Uint8Array, index * RECORD_KEY_BYTES, bytes, placeAt, RECORD_KEY_BYTES)
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

/** The chain whose record saves more reads on the way down; none when neither can be extended. */
function longer(a: Chain | undefined, b: Chain | undefined): Chain | undefined {
  const first = a?.isFull === true ? undefined : a
  const second = b?.isFull === true ? undefined : b
  if (first === undefined || second === undefined) return first ?? second
  return first.nodes.length >= second.nodes.length ? first : second
}
