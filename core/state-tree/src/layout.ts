import { copyBytes } from './byte-arena.ts'
import { HASH_BYTES } from './limits.ts'
import {
  PLACE_BYTES,
  RECORD_KEY_BYTES,
  readVersion,
  VERSION_BYTES,
  writeRecordKey,
  writeUint32,
  writeVersion,
} from './place.ts'
import { StateTreeError } from './state-tree-error.ts'

/*
 * Every key that the tree stores, each behind the caller's namespace:
 *
 *   0 ‖ version (6) ‖ record (4)  nodes that the version made  → a chain of them (chain.ts)
 *   1 ‖ version (6)               a version                    → previous version, root hash, root place
 *   2 ‖ version (6) ‖ list (4)    what the version replaced    → version and record of nodes of older versions
 *
 * Nodes are keyed by rising numbers, not by their hash: a batch appends to one end of the store instead of touching a page
 * for each node. For the same reason there is no table of latest values by key: with the top of the tree in memory and nodes
 * in chains an entry is one to three reads away, and writing a second place for it would double the cost of a change.
 * Integers are big-endian.
 */
const NODES = 0
const VERSIONS = 1
const REPLACED = 2

const LIST_BYTES = 4

/** Replaced records listed in one entry; keeps it below the size from which LMDB uses whole pages of their own. */
export const RECORDS_A_LIST = 180

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
  // To read by: a store does not keep the key, and there are thousands of reads in a batch.
  readonly #recordKey: Uint8Array

  constructor(prefix: Uint8Array) {
    this.#prefix = prefix.slice()
    this.#recordKey = this.#key(NODES, RECORD_KEY_BYTES)
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

  /** Key of the record named at `at` in `bytes`, by a place or alone. */
  recordAt(bytes: Uint8Array, at: number): Uint8Array {
    const key = this.#key(NODES, RECORD_KEY_BYTES)
    copyBytes(key, this.#body, bytes, at, RECORD_KEY_BYTES)
    return key
  }

  /** Like `recordAt`, in an array that the next call overwrites. */
  recordToRead(bytes: Uint8Array, at: number): Uint8Array {
    copyBytes(this.#recordKey, this.#body, bytes, at, RECORD_KEY_BYTES)
    return this.#recordKey
  }

  record(version: number, record: number): Uint8Array {
    const key = this.#key(NODES, RECORD_KEY_BYTES)
    writeRecordKey(key, this.#body, version, record)
    return key
  }

  version(version: number): Uint8Array {
    const key = this.#key(VERSIONS, VERSION_BYTES)
    writeVersion(key, this.#body, version)
    return key
  }

  replaced(version: number, list: number): Uint8Array {
    const key = this.#key(REPLACED, VERSION_BYTES + LIST_BYTES)
    writeVersion(key, this.#body, version)
    writeUint32(key, this.#body + VERSION_BYTES, list)
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

  recordRange(version: number): { gte: Uint8Array; lt: Uint8Array } {
    return { gte: this.record(version, 0), lt: this.record(version + 1, 0) }
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
