import { HASH_BYTES } from './limits.ts'
import { PLACE_BYTES } from './node.ts'
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

const VERSION_BYTES = 6
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

export function writeVersion(target: Uint8Array, offset: number, version: number): void {
  const high = Math.floor(version / 0x1_0000_0000)
  const low = version >>> 0
  target[offset] = high >>> 8
  target[offset + 1] = high
  target[offset + 2] = low >>> 24
  target[offset + 3] = low >>> 16
  target[offset + 4] = low >>> 8
  target[offset + 5] = low
}

export function readVersion(source: Uint8Array, offset: number): number {
  let version = 0
  for (let index = 0; index < VERSION_BYTES; index++) version = version * 256 + (source[offset + index] as number)
  return version
}

function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24
  target[offset + 1] = value >>> 16
  target[offset + 2] = value >>> 8
  target[offset + 3] = value
}

export function placeOf(version: number, index: number): Uint8Array {
  const place = new Uint8Array(PLACE_BYTES)
  writeVersion(place, 0, version)
  writeUint32(place, VERSION_BYTES, index)
  return place
}

export function versionOfPlace(place: Uint8Array): number {
  return readVersion(place, 0)
}

/** Builds the keys of one tree and takes them apart. */
export class Layout {
  readonly #prefix: Uint8Array

  constructor(prefix: Uint8Array) {
    this.#prefix = prefix.slice()
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

  node(place: Uint8Array): Uint8Array {
    const key = this.#key(NODES, PLACE_BYTES)
    key.set(place, this.#body)
    return key
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
    return { gte: this.node(placeOf(version, 0)), lt: this.node(placeOf(version + 1, 0)) }
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
