/** Entries a chunk holds before it is split in two. */
const CHUNK_ENTRIES = 256

export interface StoredEntry {
  readonly key: Uint8Array
  readonly value: Uint8Array
}

interface Item extends StoredEntry {
  /** The key as a string of one character a byte, which orders and compares fast. */
  readonly name: string
}

/** Map from byte keys to values with ordered ranges, as a list of short sorted chunks. */
export class SortedEntries {
  readonly #byName = new Map<string, Item>()
  /** None is empty; every name of a chunk is below every name of the next. */
  #chunks: Item[][] = []

  get size(): number {
    return this.#byName.size
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#byName.get(nameOf(key))?.value
  }

  set(key: Uint8Array, value: Uint8Array): void {
    const name = nameOf(key)
    const item: Item = { name, key: key.slice(), value: value.slice() }
    const isNew = !this.#byName.has(name)
    this.#byName.set(name, item)
    if (this.#chunks.length === 0) {
      this.#chunks.push([item])
      return
    }
    const at = Math.max(0, this.#chunkAt(name))
    const chunk = this.#chunks[at] as Item[]
    const position = lowerBound(chunk, name)
    if (!isNew) {
      chunk[position] = item
      return
    }
    chunk.splice(position, 0, item)
    if (chunk.length > CHUNK_ENTRIES) {
      // Rising keys fill chunks whole, so the upper part starts small.
      const cut = position === chunk.length - 1 ? CHUNK_ENTRIES : CHUNK_ENTRIES >> 1
      this.#chunks.splice(at + 1, 0, chunk.splice(cut))
    }
  }

  delete(key: Uint8Array): void {
    const name = nameOf(key)
    if (!this.#byName.delete(name)) return
    const at = this.#chunkAt(name)
    const chunk = this.#chunks[at] as Item[]
    chunk.splice(lowerBound(chunk, name), 1)
    if (chunk.length === 0) this.#chunks.splice(at, 1)
  }

  /** The entries with `gte` ≤ key < `lt` as they are now; later changes do not reach the list. */
  range(gte: Uint8Array, lt: Uint8Array, limit: number, reverse: boolean): StoredEntry[] {
    const from = nameOf(gte)
    const below = nameOf(lt)
    const found: StoredEntry[] = []
    if (from >= below || limit <= 0 || this.#chunks.length === 0) return found
    let at = Math.max(0, this.#chunkAt(reverse ? below : from))
    let position = lowerBound(this.#chunks[at] as Item[], reverse ? below : from) - (reverse ? 1 : 0)
    while (found.length < limit) {
      const chunk = this.#chunks[at]
      if (chunk === undefined) break
      const item = chunk[position]
      if (item === undefined) {
        at += reverse ? -1 : 1
        position = reverse ? (this.#chunks[at]?.length ?? 0) - 1 : 0
        continue
      }
      if (reverse ? item.name < from : item.name >= below) break
      found.push(item)
      position += reverse ? -1 : 1
    }
    return found
  }

  /** Index of the chunk that holds or would hold the name, −1 when the name is below all. */
  #chunkAt(name: string): number {
    let low = 0
    let high = this.#chunks.length
    while (low < high) {
      const middle = (low + high) >> 1
      if (((this.#chunks[middle] as Item[])[0] as Item).name <= name) low = middle + 1
      else high = middle
    }
    return low - 1
  }
}

function nameOf(key: Uint8Array): string {
  return String.fromCharCode.apply(undefined, key as unknown as number[])
}

function lowerBound(chunk: readonly Item[], name: string): number {
  let low = 0
  let high = chunk.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((chunk[middle] as Item).name < name) low = middle + 1
    else high = middle
  }
  return low
}
