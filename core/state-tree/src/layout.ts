import { copyBytes } from './byte-arena.ts'
import { HASH_BYTES, KEY_BYTES } from './limits.ts'
import { PLACE_BYTES, readVersion, VERSION_BYTES, writePlace, writeUint32, writeVersion } from './place.ts'
import { StateTreeError } from './state-tree-error.ts'

/*
 * Every key that the tree stores, each behind the caller's namespace:
 *
 *   0 ‖ version (6) ‖ index (4)   a node                                        → its record (node.ts)
 *   1 ‖ version (6)               a version                                     → previous version, root hash, root place
 *   2 ‖ version (6) ‖ chunk (4)   what the version replaced                     → places of nodes of older versions
 *   3 ‖ key (32)                  an entry of the latest version                → its value
 *
 * Nodes are keyed by rising numbers, not by their hash: a batch appends to one end of the store instead of touching a page
 * for each node. Integers are big-endian.
 */
const NODES = 0
const VERSIONS = 1
const REPLACED = 2
const VALUES = 3

const CHUNK_BYTES = 4

/** Replaced nodes listed in one entry; keeps it below the size from which LMDB uses whole pages of their own. */
export const PLACES_A_CHUNK = 180

/** A version as the store keeps it. `root` is without a place when the tree is empty. */
export interface VersionRecord {
  readonly version: number
  /** Undefined for the first one. */
  readonly previous: number | undefined
  readonly rootHash: Uint8Array
  readonly rootPlace: Uint8Array | undefined
}

const NO_VERSION = 2 ** 48 - 1

/** Builds the keys of one tree and takes them apart. */
export class Layout {
  readonly #prefix: Uint8Array
  /** What the key of every node begins with. */
  readonly nodeHead: Uint8Array
  // Keys to read by: a store does not keep them, and there are thousands in a batch.
  readonly #nodeKey: Uint8Array
  readonly #valueKey: Uint8Array

  constructor(prefix: Uint8Array) {
    this.#prefix = prefix.slice()
    this.nodeHead = this.#key(NODES, 0)
    this.#nodeKey = this.#key(NODES, PLACE_BYTES)
    this.#valueKey = this.#key(VALUES, KEY_BYTES)
  }

  #key(table: number, bodyBytes: number): Uint8Array {
    const key = new Uint8Array(this.#prefix.length + 1 + bodyBytes)
    key.set(this.#prefix, 0)
    key[this.#prefix.length] = table
    return key
  }

  get #body(): number {
    return this.#prefix.length + 1
  }

  /** Key of the node whose place is at `placeAt` in `bytes`. */
  node(bytes: Uint8Array, placeAt: number): Uint8Array {
    const key = this.#key(NODES, PLACE_BYTES)
    copyBytes(key, this.#body, bytes, placeAt, PLACE_BYTES)
    return key
  }

  /** Like `node`, in an array that the next call overwrites. */
  nodeToRead(bytes: Uint8Array, placeAt: number): Uint8Array {
    copyBytes(this.#nodeKey, this.#body, bytes, placeAt, PLACE_BYTES)
    return this.#nodeKey
  }

  /** Like `value`, in an array that the next call overwrites. */
  valueToRead(key: Uint8Array): Uint8Array {
    copyBytes(this.#valueKey, this.#body, key, 0, KEY_BYTES)
    return this.#valueKey
  }

  value(key: Uint8Array): Uint8Array {
    const stored = this.#key(VALUES, key.length)
    stored.set(key, this.#body)
    return stored
  }

  version(version: number): Uint8Array {
    const key = this.#key(VERSIONS, VERSION_BYTES)
    writeVersion(key, this.#body, version)
    return key
  }

  replaced(version: number, chunk: number): Uint8Array {
    const key = this.#key(REPLACED, VERSION_BYTES + CHUNK_BYTES)
    writeVersion(key, this.#body, version)
    writeUint32(key, this.#body + VERSION_BYTES, chunk)
    return key
  }

  /** Version in a key of the tables of versions and of replaced nodes. */
  versionInKey(key: Uint8Array): number {
    return readVersion(key, this.#body)
  }

  versionRange(from: number, below: number): { gte: Uint8Array; lt: Uint8Array } {
    return { gte: this.version(from), lt: this.version(below) }
  }

  replacedRange(from: number, below: number): { gte: Uint8Array; lt: Uint8Array } {
    return { gte: this.replaced(from, 0), lt: this.replaced(below, 0) }
  }

  nodeRange(version: number): { gte: Uint8Array; lt: Uint8Array } {
    const bounds = new Uint8Array(2 * PLACE_BYTES)
    writePlace(bounds, 0, version, 0)
    writePlace(bounds, PLACE_BYTES, version + 1, 0)
    return { gte: this.node(bounds, 0), lt: this.node(bounds, PLACE_BYTES) }
  }

  encodeVersion({ previous, rootHash, rootPlace }: VersionRecord): Uint8Array {
    const record = new Uint8Array(VERSION_BYTES + HASH_BYTES + (rootPlace === undefined ? 0 : PLACE_BYTES))
    writeVersion(record, 0, previous ?? NO_VERSION)
    record.set(rootHash, VERSION_BYTES)
    if (rootPlace !== undefined) record.set(rootPlace, VERSION_BYTES + HASH_BYTES)
    return record
  }

  decodeVersion(key: Uint8Array, record: Uint8Array): VersionRecord {
    const withoutPlace = VERSION_BYTES + HASH_BYTES
    if (record.length !== withoutPlace && record.length !== withoutPlace + PLACE_BYTES) {
      throw new StateTreeError('damaged', 'a stored version has the wrong length')
    }
    const previous = readVersion(record, 0)
    return {
      version: this.versionInKey(key),
      previous: previous === NO_VERSION ? undefined : previous,
      rootHash: record.slice(VERSION_BYTES, withoutPlace),
      rootPlace: record.length === withoutPlace ? undefined : record.slice(withoutPlace),
    }
  }
}
