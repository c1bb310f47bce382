import { equalBytes } from '@cresset/core-codec'
import { bitAt, sharedBits } from './key-bits.ts'
import { KEY_BITS } from './limits.ts'
import { Branch, Leaf, type Subtree } from './node.ts'

/** New value of a key, or with `value` undefined its end. */
export interface Change {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/** Where a merge gets the nodes that are not in memory, and the places for those it makes. */
export interface MergeSource {
  /** `level` is the number of branches above the child. */
  child(parent: Branch, side: 0 | 1, level: number): Leaf | Branch
  nextPlace(): Uint8Array
}

/**
 * Lays sorted changes over a tree. Nothing that exists is altered: the result shares every untouched subtree, and the
 * merge remembers which nodes it made, which it made obsolete, and which changes had an effect.
 */
export class Merge {
  /** Made nodes in the order of their places. */
  readonly created: { place: Uint8Array; record: Uint8Array }[] = []
  /** Places of nodes that the new version no longer has. */
  readonly replaced: Uint8Array[] = []
  /** The changes that altered an entry. */
  readonly effective: Change[] = []

  readonly #changes: readonly Change[]
  readonly #source: MergeSource

  /** `changes` are sorted by key without duplicates. */
  constructor(changes: readonly Change[], source: MergeSource) {
    this.#changes = changes
    this.#source = source
  }

  run(root: Subtree | undefined, rootNode: () => Leaf | Branch): Subtree | undefined {
    if (this.#changes.length === 0) return root
    if (root === undefined) return this.#build(0, this.#changes.length)
    return this.#merge({ ...root, node: root.node ?? rootNode() }, 0, this.#changes.length, 0)
  }

  /** `subtree.node` is present. Changes `from` … `to` all belong to this place in the tree. */
  #merge(subtree: Subtree, from: number, to: number, level: number): Subtree | undefined {
    const node = subtree.node as Leaf | Branch
    const isLeaf = node instanceof Leaf
    const prefix = isLeaf ? node.key : node.prefix
    const limitBits = isLeaf ? KEY_BITS : node.depth
    // Sorted, so the first and the last are the ones that leave the common prefix earliest.
    const shared = Math.min(
      sharedBits(this.#key(from), prefix, limitBits),
      sharedBits(this.#key(to - 1), prefix, limitBits),
    )
    if (shared < limitBits) {
      const middle = this.#split(from, to, shared)
      const side = bitAt(prefix, shared)
      const [ownFrom, ownTo] = side === 0 ? [from, middle] : [middle, to]
      const [newFrom, newTo] = side === 0 ? [middle, to] : [from, middle]
      // Children before parents and left before right, whichever is new: places rise the same way for everyone.
      if (side === 0) {
        const own = ownFrom === ownTo ? subtree : this.#merge(subtree, ownFrom, ownTo, level)
        return this.#join(shared, own, this.#build(newFrom, newTo), prefix)
      }
      const fresh = this.#build(newFrom, newTo)
      const own = ownFrom === ownTo ? subtree : this.#merge(subtree, ownFrom, ownTo, level)
      return this.#join(shared, fresh, own, prefix)
    }
    return isLeaf ? this.#mergeLeaf(subtree, node, from) : this.#mergeBranch(subtree, node, from, to, level)
  }

  #mergeLeaf(subtree: Subtree, leaf: Leaf, at: number): Subtree | undefined {
    const change = this.#changes[at] as Change
    if (change.value !== undefined && equalBytes(change.value, leaf.value)) return subtree
    this.replaced.push(subtree.place)
    return this.#leaf(change)
  }

  #mergeBranch(subtree: Subtree, branch: Branch, from: number, to: number, level: number): Subtree | undefined {
    const middle = this.#split(from, to, branch.depth)
    const oldLeft = childOf(branch, 0)
    const oldRight = childOf(branch, 1)
    const left = from === middle ? oldLeft : this.#merge(this.#load(branch, 0, level), from, middle, level + 1)
    const right = middle === to ? oldRight : this.#merge(this.#load(branch, 1, level), middle, to, level + 1)
    if (samePlace(left, oldLeft) && samePlace(right, oldRight)) return subtree
    this.replaced.push(subtree.place)
    return this.#join(branch.depth, left, right, branch.prefix)
  }

  #load(branch: Branch, side: 0 | 1, level: number): Subtree {
    return {
      hash: branch.childHash(side),
      place: branch.childPlace(side),
      node: this.#source.child(branch, side, level + 1),
    }
  }

  /** A subtree of new entries only. */
  #build(from: number, to: number): Subtree | undefined {
    if (from === to) return undefined
    if (to - from === 1) {
      const change = this.#changes[from] as Change
      return change.value === undefined ? undefined : this.#leaf(change)
    }
    const depth = sharedBits(this.#key(from), this.#key(to - 1))
    const middle = this.#split(from, to, depth)
    const left = this.#build(from, middle)
    const right = this.#build(middle, to)
    return this.#join(depth, left, right, this.#key(from))
  }

  #leaf(change: Change): Subtree | undefined {
    this.effective.push(change)
    if (change.value === undefined) return undefined
    const leaf = Leaf.create(change.key, change.value)
    return this.#made(leaf)
  }

  #join(
    depth: number,
    left: Subtree | undefined,
    right: Subtree | undefined,
    keyBelow: Uint8Array,
  ): Subtree | undefined {
    if (left === undefined) return right
    if (right === undefined) return left
    const branch = Branch.create(depth, keyBelow, left, right)
    if (left.node instanceof Branch) branch.left = left.node
    if (right.node instanceof Branch) branch.right = right.node
    return this.#made(branch)
  }

  #made(node: Leaf | Branch): Subtree {
    const place = this.#source.nextPlace()
    this.created.push({ place, record: node.record })
    return { hash: node.hash(), place, node }
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

function childOf(branch: Branch, side: 0 | 1): Subtree {
  return {
    hash: branch.childHash(side),
    place: branch.childPlace(side),
    node: side === 0 ? branch.left : branch.right,
  }
}

function samePlace(a: Subtree | undefined, b: Subtree): boolean {
  return a !== undefined && equalBytes(a.place, b.place)
}
