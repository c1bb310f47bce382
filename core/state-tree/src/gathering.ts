import { ByteArena } from './byte-arena.ts'
import { bitAt } from './key-bits.ts'
import { KEY_BYTES } from './limits.ts'
import { Branch, comparePrefix } from './node.ts'

/**
 * One walk through the branches in memory, in the order of their keys, that moves them into few arrays, so that those of old updates
 * can go, and lets go of all below the cached levels. It is made in steps, between which the tree may change: what a later version
 * makes behind or before the walk is in memory of its own.
 */
export class Gathering {
  readonly arena = new ByteArena()
  readonly #cachedLevels: number
  /** Where the next step goes on: all branches of keys before it were moved. Undefined at the beginning. */
  #next: Uint8Array | undefined
  /** Branches that the step may still move. */
  #allowed = 0
  /** Branches moved so far, those on the way to the next step's beginning again and again. */
  moved = 0

  constructor(cachedLevels: number) {
    this.#cachedLevels = cachedLevels
  }

  /** Moves so many branches from this root on, or the rest, and those on the way there. True when all were. */
  step(root: Branch, branches: number): boolean {
    this.#allowed = branches
    return this.#walk(root, 1, this.#next)
  }

  /** `from`: only branches of this key and those behind it. */
  #walk(branch: Branch, level: number, from: Uint8Array | undefined): boolean {
    if (from === undefined && this.#allowed-- === 0) {
      this.#next = firstKey(branch)
      return false
    }
    branch.moveTo(this.arena)
    this.moved++
    const { left, right } = branch
    const isKept = level < this.#cachedLevels
    if (!isKept || !(left instanceof Branch)) branch.left = undefined
    if (!isKept || !(right instanceof Branch)) branch.right = undefined
    const isOnRight = from !== undefined && bitAt(from, branch.depth) === 1
    if (!isOnRight && !this.#below(branch.left, level + 1, from)) return false
    return this.#below(branch.right, level + 1, isOnRight ? from : undefined)
  }

  #below(child: Branch['left'], level: number, from: Uint8Array | undefined): boolean {
    if (!(child instanceof Branch)) return true
    const standing = from === undefined ? 1 : comparePrefix(child, from)
    if (standing < 0) return true
    return this.#walk(child, level, standing > 0 ? undefined : from)
  }
}

/** The least key that can stand below. */
function firstKey(branch: Branch): Uint8Array {
  const { depth, bytes, prefixAt } = branch
  const key = new Uint8Array(KEY_BYTES)
  const whole = depth >> 3
  key.set(bytes.subarray(prefixAt, prefixAt + whole))
  const rest = depth & 7
  if (rest > 0) key[whole] = (bytes[prefixAt + whole] as number) & (0xff << (8 - rest))
  return key
}
