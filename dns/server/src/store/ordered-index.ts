import type { ByteArena } from './byte-arena.ts'

/** An entry's block in the arena: value (word 0), length of the key (word 1), the key. */
const VALUE_WORD = 0
const LENGTH_WORD = 1
const ENTRY_HEADER_BYTES = 8
/** Entries of one chunk: few enough to be moved for each change, and enough that chunks are few. */
const CHUNK_ENTRIES = 256

interface Chunk {
  count: number
  readonly entries: Uint32Array
}

export interface IndexEntry {
  readonly value: number
  /** False when this is the nearest entry before the key. */
  readonly isMatch: boolean
}

/** Numbers by keys of bytes in their order, to find the nearest at or before a key. Entries are in an arena, their order in chunks. */
export class OrderedIndex {
  readonly #arena: ByteArena
  /** Never empty ones. */
  readonly #chunks: Chunk[]
  #count: number

  /** Empty, or with the entries of another one, of whose arena this one is a copy. */
  constructor(arena: ByteArena, from?: OrderedIndex) {
    this.#arena = arena
    const chunks = from === undefined ? [] : from.#chunks
    this.#chunks = chunks.map(({ count, entries }) => ({ count, entries: entries.slice() }))
    this.#count = from?.count ?? 0
  }

  get count(): number {
    return this.#count
  }

  /** The entry with the greatest key that is not greater than `key`; undefined when all are greater. */
  floor(key: Uint8Array): IndexEntry | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)]
    if (chunk === undefined) return undefined
    const place = this.#placeIn(chunk, key)
    const entry = chunk.entries[place] as number
    if (place < chunk.count && this.#compare(entry, key) === 0) return { value: this.#value(entry), isMatch: true }
    if (place === 0) return undefined
    return { value: this.#value(chunk.entries[place - 1] as number), isMatch: false }
  }

  /** The value of the entry before `key`, or behind it; around the ends. Undefined in an empty index. */
  neighbour(side: 'before' | 'after', key: Uint8Array): number | undefined {
    const chunks = this.#chunks
    if (chunks.length === 0) return undefined
    let at = this.#chunkOf(key)
    let chunk = chunks[at] as Chunk
    const place = this.#placeIn(chunk, key)
    const isMatch = place < chunk.count && this.#compare(chunk.entries[place] as number, key) === 0
    let entry = side === 'before' ? place - 1 : isMatch ? place + 1 : place
    if (entry < 0 || entry >= chunk.count) {
      at = (at + (entry < 0 ? chunks.length - 1 : 1)) % chunks.length
      chunk = chunks[at] as Chunk
      entry = entry < 0 ? chunk.count - 1 : 0
    }
    return this.#value(chunk.entries[entry] as number)
  }

  /** The key of the entry that `floor` finds. */
  floorKey(key: Uint8Array): Uint8Array | undefined {
    const chunk = this.#chunks[this.#chunkOf(key)]
    if (chunk === undefined) return undefined
    const place = this.#placeIn(chunk, key)
    const isMatch = place < chunk.count && this.#compare(chunk.entries[place] as number, key) === 0
    const entry = chunk.entries[isMatch ? place : place - 1]
    return entry === undefined ? undefined : this.#key(entry)
  }

  set(key: Uint8Array, value: number): void {
    const at = Math.max(0, this.#chunkOf(key))
    let chunk = this.#chunks[at]
    if (chunk === undefined) {
      chunk = { count: 0, entries: new Uint32Array(CHUNK_ENTRIES) }
      this.#chunks.push(chunk)
    }
    const place = this.#placeIn(chunk, key)
    if (place < chunk.count && this.#compare(chunk.entries[place] as number, key) === 0) {
      this.#arena.words[((chunk.entries[place] as number) >>> 2) + VALUE_WORD] = value
      return
    }
    const entry = this.#arena.allocate(ENTRY_HEADER_BYTES + key.length)
    this.#arena.bytes.set(key, entry + ENTRY_HEADER_BYTES)
    this.#arena.words[(entry >>> 2) + VALUE_WORD] = value
    this.#arena.words[(entry >>> 2) + LENGTH_WORD] = key.length
    this.#insert(at, chunk, place, entry)
    this.#count += 1
  }

  delete(key: Uint8Array): void {
    const at = this.#chunkOf(key)
    const chunk = this.#chunks[at]
    if (chunk === undefined) return
    const place = this.#placeIn(chunk, key)
    const entry = chunk.entries[place] as number
    if (place >= chunk.count || this.#compare(entry, key) !== 0) return
    chunk.entries.copyWithin(place, place + 1, chunk.count)
    chunk.count -= 1
    if (chunk.count === 0) this.#chunks.splice(at, 1)
    this.#arena.free(entry, ENTRY_HEADER_BYTES + key.length)
    this.#count -= 1
  }

  #insert(at: number, chunk: Chunk, place: number, entry: number): void {
    if (chunk.count < CHUNK_ENTRIES) {
      chunk.entries.copyWithin(place + 1, place, chunk.count)
      chunk.entries[place] = entry
      chunk.count += 1
      return
    }
    // What comes in order, as a sorted file does, fills whole chunks; anything else is split in the middle.
    const isAtEnd = place === CHUNK_ENTRIES && at === this.#chunks.length - 1
    const keep = isAtEnd ? CHUNK_ENTRIES : CHUNK_ENTRIES / 2
    const next: Chunk = { count: CHUNK_ENTRIES - keep, entries: new Uint32Array(CHUNK_ENTRIES) }
    next.entries.set(chunk.entries.subarray(keep))
    chunk.count = keep
    this.#chunks.splice(at + 1, 0, next)
    if (place <= keep && !isAtEnd) this.#insert(at, chunk, place, entry)
    else this.#insert(at + 1, next, place - keep, entry)
  }

  /** The last chunk whose first key is not greater than `key`, or the first chunk; -1 when there is none. */
  #chunkOf(key: Uint8Array): number {
    let low = 0
    let high = this.#chunks.length - 1
    while (low < high) {
      const middle = (low + high + 1) >>> 1
      if (this.#compare((this.#chunks[middle] as Chunk).entries[0] as number, key) <= 0) low = middle
      else high = middle - 1
    }
    return high
  }

  /** Where in the chunk the first entry stands whose key is not less than `key`. */
  #placeIn(chunk: Chunk, key: Uint8Array): number {
    let low = 0
    let high = chunk.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(chunk.entries[middle] as number, key) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #compare(entry: number, key: Uint8Array): number {
    const { bytes, words } = this.#arena
    const length = words[(entry >>> 2) + LENGTH_WORD] as number
    const start = entry + ENTRY_HEADER_BYTES
    const shared = Math.min(length, key.length)
    for (let index = 0; index < shared; index++) {
      const order = (bytes[start + index] as number) - (key[index] as number)
      if (order !== 0) return order
    }
    return length - key.length
  }

  #value(entry: number): number {
    return this.#arena.words[(entry >>> 2) + VALUE_WORD] as number
  }

  #key(entry: number): Uint8Array {
    const start = entry + ENTRY_HEADER_BYTES
    return this.#arena.bytes.subarray(start, start + (this.#arena.words[(entry >>> 2) + LENGTH_WORD] as number))
  }
}
