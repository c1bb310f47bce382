import { copyBytes } from './byte-arena.ts'
import { KEY_BYTES } from './limits.ts'

/** Longer values are read from the store each time, which bounds the cache in bytes too. */
const MAX_CACHED_VALUE_BYTES = 1024
const SLOT_BYTES = 128
const LENGTH_AT = KEY_BYTES
const VALUE_AT = KEY_BYTES + 1
/** Values up to this length stand in the slot itself: accounts do. */
const MAX_SLOT_VALUE_BYTES = SLOT_BYTES - VALUE_AT
/** In the place of the length: nothing is known, the key is absent, or the value stands apart. */
const EMPTY = 0xff
const ABSENT = 0xfe
const APART = 0xfd

/**
 * Latest values by key, one slot for each of the keys that share their leading bits: keys are digests, so they spread
 * evenly, and whoever grinds keys into one slot slows down only those.
 *
 * The slots are one array of bytes. As an object each, with key and value, they were a third of what the garbage
 * collector had to visit and to move.
 */
export class LatestCache {
  readonly #slotCount: number
  /** Made for the first value: who only writes a state needs none. */
  #slots = new Uint8Array(0)
  readonly #apart = new Map<number, Uint8Array>()

  /** `entries` is rounded down to a power of two; 0 caches nothing. */
  constructor(entries: number) {
    this.#slotCount = entries < 1 ? 0 : 2 ** (31 - Math.clz32(Math.min(entries, 2 ** 24)))
  }

  /** In an object of its own, because an absent key is worth remembering too. */
  find(key: Uint8Array): { readonly value: Uint8Array | undefined } | undefined {
    const slots = this.#slots
    if (slots.length === 0) return undefined
    const at = this.#slotAt(key)
    const length = slots[at + LENGTH_AT] as number
    if (length === EMPTY) return undefined
    for (let index = 0; index < KEY_BYTES; index++) if (slots[at + index] !== key[index]) return undefined
    if (length === ABSENT) return { value: undefined }
    if (length === APART) return { value: this.#apart.get(at) }
    return { value: slots.slice(at + VALUE_AT, at + VALUE_AT + length) }
  }

  /** Keeps copies: a value may be a small part of an array. */
  set(key: Uint8Array, value: Uint8Array | undefined): void {
    if (this.#slotCount === 0) return
    if (this.#slots.length === 0) {
      this.#slots = new Uint8Array(this.#slotCount * SLOT_BYTES)
      this.clear()
    }
    const slots = this.#slots
    const at = this.#slotAt(key)
    if (slots[at + LENGTH_AT] === APART) this.#apart.delete(at)
    if (value !== undefined && value.length > MAX_CACHED_VALUE_BYTES) {
      slots[at + LENGTH_AT] = EMPTY
      return
    }
    copyBytes(slots, at, key, 0, KEY_BYTES)
    if (value === undefined) slots[at + LENGTH_AT] = ABSENT
    else if (value.length <= MAX_SLOT_VALUE_BYTES) {
      slots[at + LENGTH_AT] = value.length
      copyBytes(slots, at + VALUE_AT, value, 0, value.length)
    } else {
      slots[at + LENGTH_AT] = APART
      this.#apart.set(at, value.slice())
    }
  }

  clear(): void {
    this.#apart.clear()
    for (let at = LENGTH_AT; at < this.#slots.length; at += SLOT_BYTES) this.#slots[at] = EMPTY
  }

  #slotAt(key: Uint8Array): number {
    const leading = ((key[0] as number) << 16) | ((key[1] as number) << 8) | (key[2] as number)
    return (leading & (this.#slotCount - 1)) * SLOT_BYTES
  }
}
