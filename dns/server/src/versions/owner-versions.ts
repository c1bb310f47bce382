/** Owners that are copied together where one of them changes: few enough for that, and enough that a version is a short list. */
const CHUNK_OWNERS = 512

/** What owners have, `undefined` where one is gone. Never changed once it stands in a version. */
export type OwnerChunk = readonly (Uint8Array | undefined)[]

/** What each owner of a zone has, packed, by the owner's name. A version of all of it takes little more than what changed since the last one. */
export class OwnerVersions {
  readonly #places = new Map<string, number>()
  readonly #free: number[] = []
  readonly #chunks: (Uint8Array | undefined)[][] = []
  /** Chunks that stand in no version. */
  readonly #own = new Set<number>()
  #bytes = 0

  /** Of all that owners have. */
  get bytes(): number {
    return this.#bytes
  }

  keys(): Iterable<string> {
    return this.#places.keys()
  }

  get(key: string): Uint8Array | undefined {
    const place = this.#places.get(key)
    return place === undefined ? undefined : this.#chunks[Math.floor(place / CHUNK_OWNERS)]?.[place % CHUNK_OWNERS]
  }

  /** The bytes are kept as they are. Empty: there is no such owner. */
  set(key: string, records: Uint8Array): void {
    this.#bytes += records.length - (this.get(key)?.length ?? 0)
    const place = this.#places.get(key)
    if (records.length > 0) {
      const own = place ?? this.#free.pop() ?? this.#places.size
      this.#places.set(key, own)
      this.#write(own, records)
    } else if (place !== undefined) {
      this.#places.delete(key)
      this.#free.push(place)
      this.#write(place, undefined)
    }
  }

  /** All that there is now, whatever is set later. */
  version(): readonly OwnerChunk[] {
    this.#own.clear()
    return [...this.#chunks]
  }

  #write(place: number, records: Uint8Array | undefined): void {
    const index = Math.floor(place / CHUNK_OWNERS)
    let chunk = this.#chunks[index]
    if (chunk === undefined || !this.#own.has(index)) {
      chunk = chunk?.slice() ?? []
      this.#chunks[index] = chunk
      this.#own.add(index)
    }
    chunk[place % CHUNK_OWNERS] = records
  }
}
