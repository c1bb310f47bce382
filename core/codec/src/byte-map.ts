/** One character a byte: strings of these order and compare like the bytes, and Map hashes them fast. */
function keyText(key: Uint8Array): string {
  let text = ''
  for (let index = 0; index < key.length; index++) text += String.fromCharCode(key[index] as number)
  return text
}

/** A map whose keys are bytes, compared by content. Iterates in order of insertion; `sortedEntries` by key. */
export class ByteMap<V> {
  readonly #entries = new Map<string, { key: Uint8Array; value: V }>()

  constructor(entries: Iterable<readonly [Uint8Array, V]> = []) {
    for (const [key, value] of entries) this.set(key, value)
  }

  get size(): number {
    return this.#entries.size
  }

  get(key: Uint8Array): V | undefined {
    return this.#entries.get(keyText(key))?.value
  }

  has(key: Uint8Array): boolean {
    return this.#entries.has(keyText(key))
  }

  /** Keeps a copy of the key, so that the caller may reuse its bytes. */
  set(key: Uint8Array, value: V): this {
    const text = keyText(key)
    const found = this.#entries.get(text)
    if (found === undefined) this.#entries.set(text, { key: Uint8Array.from(key), value })
    else found.value = value
    return this
  }

  delete(key: Uint8Array): boolean {
    return this.#entries.delete(keyText(key))
  }

  clear(): void {
    this.#entries.clear()
  }

  *entries(): IterableIterator<[Uint8Array, V]> {
    for (const { key, value } of this.#entries.values()) yield [key, value]
  }

  *keys(): IterableIterator<Uint8Array> {
    for (const { key } of this.#entries.values()) yield key
  }

  *values(): IterableIterator<V> {
    for (const { value } of this.#entries.values()) yield value
  }

  [Symbol.iterator](): IterableIterator<[Uint8Array, V]> {
    return this.entries()
  }

  /** Entries by rising key: the order to use where the result must not depend on history. */
  sortedEntries(): [Uint8Array, V][] {
    return [...this.#entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, { key, value }]) => [key, value])
  }
}

/** A set of byte strings, compared by content. */
export class ByteSet {
  readonly #map = new ByteMap<true>()

  constructor(keys: Iterable<Uint8Array> = []) {
    for (const key of keys) this.add(key)
  }

  get size(): number {
    return this.#map.size
  }

  has(key: Uint8Array): boolean {
    return this.#map.has(key)
  }

  add(key: Uint8Array): this {
    this.#map.set(key, true)
    return this
  }

  delete(key: Uint8Array): boolean {
    return this.#map.delete(key)
  }

  [Symbol.iterator](): IterableIterator<Uint8Array> {
    return this.#map.keys()
  }

  sorted(): Uint8Array[] {
    return this.#map.sortedEntries().map(([key]) => key)
  }
}
