import { equalBytes } from '@cresset/core-codec'

/** Longer values are read from the store each time, which bounds the cache in bytes too. */
const MAX_CACHED_VALUE_BYTES = 1024

interface Entry {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

/**
 * Latest values by key, one slot for each of the keys that share their leading bits: keys are digests, so they spread
 * evenly, and whoever grinds keys into one slot slows down only those.
 */
export class LatestCache {
  readonly #slots: (Entry | undefined)[]
  readonly #mask: number

  /** `entries` is rounded down to a power of two; 0 caches nothing. */
  constructor(entries: number) {
    const slots = entries < 1 ? 0 : 2 ** (31 - Math.clz32(Math.min(entries, 2 ** 24)))
    this.#slots = new Array(slots).fill(undefined)
    this.#mask = slots - 1
  }

  /** The entry itself, because an absent key is worth remembering too. */
  find(key: Uint8Array): { readonly value: Uint8Array | undefined } | undefined {
    const entry = this.#slots[this.#slot(key)]
    return entry !== undefined && equalBytes(entry.key, key) ? entry : undefined
  }

  /** Keeps copies: a value may be a small part of an array. */
  set(key: Uint8Array, value: Uint8Array | undefined): void {
    if (this.#slots.length === 0) return
    const slot = this.#slot(key)
    if (value === undefined || value.length <= MAX_CACHED_VALUE_BYTES)
      this.#slots[slot] = { key: key.slice(), value: value?.slice() }
    else this.#slots[slot] = undefined
  }

  clear(): void {
    this.#slots.fill(undefined)
  }

  #slot(key: Uint8Array): number {
    const leading = ((key[0] as number) << 16) | ((key[1] as number) << 8) | (key[2] as number)
    return leading & this.#mask
  }
}
