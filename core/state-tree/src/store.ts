/** What the tree reads from. Reads are synchronous and see the last batch that was committed. */
export interface KeyValueStore {
  /** Does not keep `key`. The value stays as it is, whatever happens to the store. */
  get(key: Uint8Array): Uint8Array | undefined
  /** Entries with `gte` ≤ key < `lt` in byte order, or in falling order with `reverse`. */
  range(options: RangeOptions): Iterable<[key: Uint8Array, value: Uint8Array]>
}

export interface RangeOptions {
  gte: Uint8Array
  lt: Uint8Array
  reverse?: boolean
  /** Greatest number of entries. */
  limit?: number
}

/** One put, or with `value` undefined one delete, of a batch that the caller commits whole or not at all. */
export interface Write {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}
