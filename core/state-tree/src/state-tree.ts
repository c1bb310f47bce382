import { compareBytes, concatBytes, equalBytes } from '@cresset/core-codec'
import { ByteArena } from './byte-arena.ts'
import { readChain } from './chain.ts'
import { Gathering } from './gathering.ts'
import { bitAt } from './key-bits.ts'
import { LatestCache } from './latest-cache.ts'
import { Layout, RECORDS_A_LIST, type VersionRecord } from './layout.ts'
import { HASH_BYTES, KEY_BYTES, MAX_VALUE_BYTES, MAX_VERSION } from './limits.ts'
import { type Change, Merge } from './merge.ts'
import { Branch, comparePrefix, emptyRoot, Leaf, Reference } from './node.ts'
import { RECORD_KEY_BYTES, readVersion } from './place.ts'
import { encodeProof } from './proof.ts'
import { assert, StateTreeError } from './state-tree-error.ts'
import type { KeyValueStore, Write } from './store.ts'

/** Memory of applied updates that may stay beside the nodes in use, about: at three quarters of it these begin to be moved together. */
const MAX_LOOSE_BYTES = 32 << 20
/** Branches moved with each update, a millisecond's work, so that no block waits for it: all nodes would move at the same height. */
const MOVED_AN_UPDATE = 1_024
/** And one more for so many bytes that the update made, so that the walk ends before a quarter of the memory was made anew. */
const MADE_BYTES_A_MOVE = 64

export interface StateTreeOptions {
  /** Namespace of the tree in the store: comes first in every key it writes. */
  prefix: Uint8Array
  /** Branches with fewer than this many above them stay in memory, at most 4 × 2^n of about 250 bytes. Default 16. */
  cachedLevels?: number
  /** Latest values kept in memory: 128 bytes for each, and up to 1 KiB more for a long one. Default 8,192. */
  cacheEntries?: number
}

/** A version that is computed but not yet part of the store. */
export interface TreeUpdate {
  /** The height it was computed for (of an undo: the version it returns to). */
  readonly version: number
  readonly root: Uint8Array
  /** Put these in the atomic batch of the block. Empty when no entry changes: the tree then keeps its latest version. */
  readonly writes: readonly Write[]
}

class Pending implements TreeUpdate {
  readonly version: number
  readonly root: Uint8Array
  readonly writes: readonly Write[]
  /** State of the tree that it was computed on, and the one it leads to. */
  readonly base: Latest
  readonly next: Latest
  /** What changed, where that was followed change by change. */
  readonly merge: Merge | undefined

  constructor(version: number, base: Latest, next: Latest, writes: readonly Write[], merge?: Merge) {
    this.version = version
    this.root = next.rootHash
    this.base = base
    this.next = next
    this.writes = writes
    this.merge = merge
  }
}

/** A version that is committed or would be; `root.node` is filled when first needed. */
interface Latest {
  /** Undefined before the first version. */
  readonly version: number | undefined
  readonly rootHash: Uint8Array
  readonly root: Reference | undefined
}

/**
 * Authenticated map from 32-byte keys to values, a version for each block height that changed it.
 *
 * It never writes: `update`, `prune` and `undo` return writes, which the caller commits in one atomic batch with what else
 * belongs to the block, and then says so with `applied`. Returned values are the tree's own memory: do not alter them.
 */
export class StateTree {
  readonly #store: KeyValueStore
  readonly #layout: Layout
  readonly #cachedLevels: number
  readonly #values: LatestCache
  #latest: Latest
  /** Upper bound of the branches hanging in memory below the latest root, and where those read from the store are. */
  #cachedBranches = 0
  /** Of branches that are read. */
  #arena = new ByteArena()
  /** Bytes of applied updates that branches in memory may still be in. */
  #looseBytes = 0
  /** While branches are being moved together: the walk, and what was loose and in memory when it began. */
  #gathering: { readonly walk: Gathering; readonly looseBytes: number; readonly cachedBranches: number } | undefined

  private constructor(store: KeyValueStore, options: StateTreeOptions) {
    this.#store = store
    this.#layout = new Layout(options.prefix)
    this.#cachedLevels = options.cachedLevels ?? 16
    this.#values = new LatestCache(options.cacheEntries ?? 8192)
    this.#latest = this.#readLatest()
  }

  static open(store: KeyValueStore, options: StateTreeOptions): StateTree {
    return new StateTree(store, options)
  }

  /** Latest committed version, 0 while there is none. */
  get version(): number {
    return this.#latest.version ?? 0
  }

  /** Root of the latest committed version. */
  get root(): Uint8Array {
    return this.#latest.rootHash
  }

  /** Oldest version that is still kept; undefined while there is none. */
  get oldestVersion(): number | undefined {
    for (const [key] of this.#store.range({ ...this.#layout.versionRange(0, MAX_VERSION + 1), limit: 1 })) {
      return this.#layout.versionInKey(key)
    }
    return undefined
  }

  /** Whether `get`, `prove` and `iterate` can answer for this height. */
  versionExists(height: number): boolean {
    return this.#isLatest(height) || this.#versionAt(height) !== undefined
  }

  /** Root after this height. Throws StateTreeError `unknown-version`. */
  rootAt(height: number): Uint8Array {
    return this.#at(height).rootHash
  }

  /**
   * Value of a key, in the latest version or as it was after block `height`.
   * Throws StateTreeError `unknown-version`.
   */
  get(key: Uint8Array, height?: number): Uint8Array | undefined {
    assertKey(key)
    if (height === undefined || this.#isLatest(height)) return this.#latestValue(key)
    let node = this.#rootNode(this.#at(height))
    while (node instanceof Branch) node = this.#below(node, bitAt(key, node.depth))
    return node !== undefined && equalBytes(node.key, key) ? node.value : undefined
  }

  /**
   * The version after these changes, on top of the latest committed one. Pure: several candidates of one height can be
   * computed, and one of them applied. Keys must be distinct; a change that alters nothing counts for nothing.
   */
  update(version: number, changes: readonly Change[]): TreeUpdate {
    const base = this.#latest
    assert(
      Number.isSafeInteger(version) && version >= 0 && version <= MAX_VERSION,
      `version ${version} is not a height`,
    )
    assert(base.version === undefined || version > base.version, `version ${version} is not above ${base.version}`)
    const merge = new Merge(sorted(changes), version, (parent, side, level) => this.#child(parent, side, level))
    if (base.root !== undefined) base.root.node = this.#rootNode(base)
    const root = merge.run(base.root, this.#layout)
    if (merge.effective.length === 0) return new Pending(version, base, base, [])

    const record = { version, previous: base.version, rootHash: root?.hash ?? emptyRoot, rootPlace: root?.place }
    const next = latestOf(record)
    if (next.root !== undefined) next.root.node = root?.node
    const layout = this.#layout
    const { writes } = merge
    writes.push({ key: layout.version(version), value: layout.encodeVersion(record) })
    merge.replaced.forEach((records, list) => {
      writes.push({ key: layout.replaced(version, list), value: records })
    })
    return new Pending(version, base, next, writes, merge)
  }

  /** To be called once the batch with the update's writes is committed. */
  applied(update: TreeUpdate): void {
    assert(update instanceof Pending, 'only updates of a state tree can be applied')
    assert(update.base === this.#latest, 'the update was computed on another version than the latest')
    if (update.next === update.base) return
    this.#latest = update.next
    const { merge, next } = update
    if (merge === undefined) this.#values.clear()
    else for (const { key, value } of merge.effective) this.#values.set(key, value)
    const madeBytes = merge?.madeBytes ?? 0
    this.#looseBytes += madeBytes
    const root = next.root?.node
    if (!(root instanceof Branch)) {
      this.#cachedBranches = 0
      this.#gathering = undefined
      return
    }
    this.#cachedBranches += trimNew(root, 1, this.#cachedLevels, root.madeIn)
    this.#gather(root, MOVED_AN_UPDATE + Math.floor(madeBytes / MADE_BYTES_A_MOVE))
  }

  /** Goes on with moving branches together, or begins where it is time. */
  #gather(root: Branch, branches: number): void {
    if (this.#gathering === undefined) {
      // A branch that a new one displaced stays in the count until the whole is counted again.
      const isTime =
        this.#cachedBranches > 4 * 2 ** this.#cachedLevels || this.#looseBytes > MAX_LOOSE_BYTES - MAX_LOOSE_BYTES / 4
      if (!isTime) return
      const walk = new Gathering(this.#cachedLevels)
      this.#gathering = { walk, looseBytes: this.#looseBytes, cachedBranches: this.#cachedBranches }
      this.#arena = walk.arena
    }
    const { walk, looseBytes, cachedBranches } = this.#gathering
    if (!walk.step(root, branches)) return
    this.#gathering = undefined
    this.#looseBytes -= looseBytes
    // Those made or read since the beginning may have been moved too: an upper bound.
    this.#cachedBranches += walk.moved - cachedBranches
  }

  /**
   * Encoded proof of the key's value or of its absence, for `verifyProof` and the root after block `height`.
   * Throws StateTreeError `unknown-version`.
   */
  prove(key: Uint8Array, height?: number): Uint8Array {
    assertKey(key)
    const isLatest = height === undefined || this.#isLatest(height)
    let node = this.#rootNode(isLatest ? this.#latest : this.#at(height))
    if (node === undefined) return encodeProof([], [], { kind: 'empty', body: {} })
    const depths: number[] = []
    const siblings: Uint8Array[] = []
    while (node instanceof Branch) {
      const side = bitAt(key, node.depth)
      depths.push(node.depth)
      siblings.push(node.childHash(side === 0 ? 1 : 0))
      node = isLatest ? this.#child(node, side, depths.length) : this.#below(node, side)
    }
    if (equalBytes(node.key, key)) return encodeProof(depths, siblings, { kind: 'value', body: node.value })
    return encodeProof(depths, siblings, { kind: 'otherLeaf', body: { key: node.key, valueHash: node.valueHash } })
  }

  /**
   * Deletes for at most `maxNodes` entries that only versions before `keepFrom` need; the version that stands at height
   * `keepFrom` stays. Empty when there is nothing left to do. Call again after the batch is committed.
   */
  prune(keepFrom: number, limit: { maxNodes: number }): Write[] {
    assert(limit.maxNodes > RECORDS_A_LIST + 2, `prune at least ${RECORDS_A_LIST + 3} nodes at once`)
    const target = keepFrom < 0 ? undefined : this.#versionAt(keepFrom)
    if (target === undefined) return []
    const layout = this.#layout
    const writes: Write[] = []
    let forgotten = 0
    const forgetBefore = (version: number): boolean => {
      for (const [key] of this.#store.range(layout.versionRange(forgotten, version))) {
        if (writes.length >= limit.maxNodes) return false
        writes.push({ key, value: undefined })
        forgotten = layout.versionInKey(key) + 1
      }
      return true
    }
    for (const [key, value] of this.#store.range(layout.replacedRange(0, target.version + 1))) {
      // Older versions go first: they are incomplete as soon as one of their nodes is.
      if (!forgetBefore(layout.versionInKey(key))) return writes
      const records = splitRecords(value)
      if (writes.length + records.length + 1 > limit.maxNodes) return writes
      for (const record of records) writes.push({ key: layout.recordAt(record, 0), value: undefined })
      writes.push({ key, value: undefined })
    }
    forgetBefore(target.version)
    return writes
  }

  /**
   * Takes the latest version back. Commit the writes, then call `applied`.
   * Throws StateTreeError `unknown-version` when the version before was pruned.
   */
  undo(): TreeUpdate {
    const base = this.#latest
    assert(base.version !== undefined, 'there is no version to undo')
    const record = this.#versionAt(base.version) as VersionRecord
    const previous = record.previous === undefined ? undefined : this.#versionAt(record.previous)
    if (record.previous !== undefined && previous?.version !== record.previous) {
      throw new StateTreeError('unknown-version', `version ${record.previous} is pruned, ${base.version} stays`)
    }
    const layout = this.#layout
    // Nothing older was altered: to take a version back is to delete what it wrote.
    const writes: Write[] = [{ key: layout.version(base.version), value: undefined }]
    for (const range of [layout.recordRange(base.version), layout.replacedRange(base.version, base.version + 1)]) {
      for (const [key] of this.#store.range(range)) writes.push({ key, value: undefined })
    }
    const next = previous === undefined ? noVersion() : latestOf(previous)
    return new Pending(next.version ?? 0, base, next, writes)
  }

  /**
   * Entries in the order of their keys, as they were after block `height`, from the key `from` on. Neither prune nor undo it
   * meanwhile.
   */
  *iterate(height?: number, from?: Uint8Array): Generator<{ key: Uint8Array; value: Uint8Array }> {
    if (from !== undefined) assertKey(from)
    const root = this.#rootNode(height === undefined ? this.#latest : this.#at(height))
    const waiting: (Leaf | Branch | Reference)[] = root === undefined ? [] : [root]
    for (;;) {
      const next = waiting.pop()
      if (next === undefined) return
      const node = next instanceof Reference ? (next.node ?? this.#load(next.bytes, next.placeAt)) : next
      if (node instanceof Leaf) {
        if (from === undefined || compareBytes(node.key, from) >= 0) yield { key: node.key, value: node.value }
      } else if (from === undefined || comparePrefix(node, from) >= 0) {
        waiting.push(node.child(1), node.child(0))
      }
    }
  }

  #isLatest(height: number): boolean {
    return height >= this.version
  }

  #latestValue(key: Uint8Array): Uint8Array | undefined {
    const cached = this.#values.find(key)
    if (cached !== undefined) return cached.value
    let node = this.#rootNode(this.#latest)
    for (let level = 1; node instanceof Branch; level++) node = this.#child(node, bitAt(key, node.depth), level)
    const value = node !== undefined && equalBytes(node.key, key) ? node.value : undefined
    this.#values.set(key, value)
    return value
  }

  #at(height: number): Latest {
    if (this.#isLatest(height)) return this.#latest
    const record = this.#versionAt(height)
    if (record === undefined) throw new StateTreeError('unknown-version', `no version at height ${height} is kept`)
    return latestOf(record)
  }

  /** Newest stored version at or below this height. */
  #versionAt(height: number): VersionRecord | undefined {
    assert(Number.isSafeInteger(height) && height >= 0, `${height} is not a height`)
    const range = this.#layout.versionRange(0, Math.min(height, MAX_VERSION) + 1)
    for (const [key, record] of this.#store.range({ ...range, reverse: true, limit: 1 })) {
      return this.#layout.decodeVersion(key, record)
    }
    return undefined
  }

  #readLatest(): Latest {
    const record = this.#versionAt(MAX_VERSION)
    return record === undefined ? noVersion() : latestOf(record)
  }

  #rootNode(latest: Latest): Leaf | Branch | undefined {
    const { root } = latest
    if (root === undefined || root.node !== undefined) return root?.node
    root.node = this.#load(root.bytes, root.placeAt)
    if (latest === this.#latest && root.node instanceof Branch) this.#keep(root.node, 0)
    return root.node
  }

  /** A child of a branch of the latest version; `level` is the number of branches above the child. */
  #child(parent: Branch, side: 0 | 1, level: number): Leaf | Branch {
    const known = parent.childInMemory(side)
    if (known !== undefined) return known
    const node = this.#load(parent.bytes, parent.placeAt(side))
    if (node instanceof Branch && level < this.#cachedLevels) {
      if (side === 0) parent.left = node
      else parent.right = node
      this.#keep(node, level)
    }
    return node
  }

  /** A child of a branch of any version, kept nowhere. */
  #below(parent: Branch, side: 0 | 1): Leaf | Branch {
    return parent.childInMemory(side) ?? this.#load(parent.bytes, parent.placeAt(side))
  }

  /** Makes a chain that was just read part of the tree in memory, down to the cached levels and without its leaf. */
  #keep(top: Branch, level: number): void {
    let branch = top
    for (let below = level + 1; ; below++) {
      branch.moveTo(this.#arena)
      this.#cachedBranches++
      const next = branch.left ?? branch.right
      if (below < this.#cachedLevels && next instanceof Branch) {
        branch = next
        continue
      }
      branch.left = undefined
      branch.right = undefined
      return
    }
  }

  #load(bytes: Uint8Array, placeAt: number): Leaf | Branch {
    return readChain(this.#record(bytes, placeAt), bytes, placeAt)
  }

  #record(bytes: Uint8Array, at: number): Uint8Array {
    const record = this.#store.get(this.#layout.recordToRead(bytes, at))
    if (record === undefined) {
      throw new StateTreeError('damaged', `the store lacks a node of version ${readVersion(bytes, at)}`)
    }
    return record
  }
}

/**
 * Lets go of the branches below the cached levels, going down only through those that a version made. Returns how many of
 * these stay in memory below.
 */
function trimNew(branch: Branch, level: number, cachedLevels: number, madeIn: number): number {
  const { left, right } = branch
  if (level >= cachedLevels) {
    branch.left = undefined
    branch.right = undefined
    return 0
  }
  let kept = 0
  if (left instanceof Branch && left.madeIn === madeIn) kept += 1 + trimNew(left, level + 1, cachedLevels, madeIn)
  if (right instanceof Branch && right.madeIn === madeIn) kept += 1 + trimNew(right, level + 1, cachedLevels, madeIn)
  return kept
}

function noVersion(): Latest {
  return { version: undefined, rootHash: emptyRoot, root: undefined }
}

function latestOf({ version, rootHash, rootPlace }: VersionRecord): Latest {
  const root =
    rootPlace === undefined ? undefined : new Reference(concatBytes(rootHash, rootPlace), 0, HASH_BYTES, undefined)
  return { version, rootHash, root }
}

function sorted(changes: readonly Change[]): Change[] {
  const copy = [...changes]
  copy.sort((a, b) => compareBytes(a.key, b.key))
  copy.forEach(({ key, value }, index) => {
    assertKey(key)
    assert(value === undefined || value.length <= MAX_VALUE_BYTES, `a value has at most ${MAX_VALUE_BYTES} bytes`)
    assert(index === 0 || compareBytes((copy[index - 1] as Change).key, key) !== 0, 'two changes of one key')
  })
  return copy
}

function assertKey(key: Uint8Array): void {
  assert(key.length === KEY_BYTES, `a key has ${KEY_BYTES} bytes, not ${key.length}`)
}

function splitRecords(joined: Uint8Array): Uint8Array[] {
  if (joined.length % RECORD_KEY_BYTES !== 0) {
    throw new StateTreeError('damaged', 'a list of replaced nodes is cut short')
  }
  const records: Uint8Array[] = []
  for (let at = 0; at < joined.length; at += RECORD_KEY_BYTES) records.push(joined.subarray(at, at + RECORD_KEY_BYTES))
  return records
}
