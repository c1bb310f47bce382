import { compareBytes, equalBytes } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import { sharedBits } from './key-bits.ts'
import { branchHash, emptyRoot, leafHash } from './node.ts'
import { leftOfProof, verifyProof } from './proof.ts'

/** A subtree that is complete: all its keys are smaller than those still to come. */
interface Left {
  /** Of the branch whose left child it is. */
  readonly depth: number
  readonly hash: Uint8Array
}

/**
 * Hashes entries that come in the order of their keys, and tells after each whether a tree begins with just these. Holds one
 * hash a level and no entries.
 */
export class TreePrefix {
  /** Left of the way to the last key, from the root downwards. */
  readonly #left: Left[] = []
  #last: { readonly key: Uint8Array; readonly value: Uint8Array; readonly hash: Uint8Array } | undefined

  /** False for a key that is not above all before it: it was not added. */
  add(key: Uint8Array, value: Uint8Array): boolean {
    const last = this.#last
    if (last !== undefined) {
      if (compareBytes(key, last.key) <= 0) return false
      const depth = sharedBits(key, last.key)
      this.#left.push({ depth, hash: this.#fold(last.hash, depth) })
    }
    this.#last = { key, value, hash: leafHash(key, sha256(value)) }
    return true
  }

  /** Root of the tree that holds these entries alone. */
  get root(): Uint8Array {
    if (this.#last === undefined) return emptyRoot
    return this.#left.reduceRight((hash, left) => branchHash(left.depth, left.hash, hash), this.#last.hash)
  }

  /** Whether the tree under `root` holds, up to the last key added, these entries and no others; `proof` is that of the last key. */
  begins(root: Uint8Array, proof: Uint8Array): boolean {
    if (this.#last === undefined) return false
    const { key, value } = this.#last
    const verdict = verifyProof({ root, key, proof })
    if (!verdict.ok || verdict.value === undefined || !equalBytes(verdict.value, value)) return false
    // Both lists name all that is smaller than the key: equal hashes at equal depths are equal subtrees.
    const expected = leftOfProof(key, proof)
    return (
      expected.length === this.#left.length &&
      this.#left.every(
        ({ depth, hash }, index) => expected[index]?.depth === depth && equalBytes(expected[index].hash, hash),
      )
    )
  }

  /** Hash of all that is below `depth` on the way to the last key: complete, since the next key leaves the way there. */
  #fold(last: Uint8Array, depth: number): Uint8Array {
    let hash = last
    for (let left = this.#left.at(-1); left !== undefined && left.depth > depth; left = this.#left.at(-1)) {
      hash = branchHash(left.depth, left.hash, hash)
      this.#left.pop()
    }
    return hash
  }
}
