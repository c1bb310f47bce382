import { compareBytes, equalBytes } from '@cresset/core-codec'
import { type EntryType, recordKinds } from './entries/entry-type.ts'
import type { Change, StateView } from './state-view.ts'

interface Slot {
  readonly key: Uint8Array
  readonly type: EntryType<unknown>
  /** As read from the view. */
  readonly original: Uint8Array | undefined
  /** `original` decoded, or what was written; not looked at before somebody asks for it, for some entries are only removed. */
  value: unknown
  isDecoded: boolean
  written: boolean
}

/**
 * What a block has read and written so far, decoded. An entry is read and decoded once a block and encoded once at its end,
 * however often transactions touch it. Values are never changed in place.
 */
export class StateOverlay {
  readonly #view: StateView
  readonly #slots = new Map<string, Slot>()
  /** The same slots by the very arrays that asked for them: payers and single entries are asked for again and again. */
  readonly #slotsByArray = new Map<Uint8Array, Slot>()
  /** Encoded as they were read, or to be encoded: what this block had made. */
  readonly #replaced: (Uint8Array | { readonly type: EntryType<unknown>; readonly value: unknown })[] = []

  constructor(view: StateView) {
    this.#view = view
  }

  get<T>(type: EntryType<T>, key: Uint8Array): T | undefined {
    const slot = this.#slot(type, key)
    if (!slot.isDecoded) {
      slot.value = slot.original === undefined ? undefined : type.codec.decode(slot.original)
      slot.isDecoded = true
    }
    return slot.value as T | undefined
  }

  /** An entry that genesis made or that another entry points to. */
  require<T>(type: EntryType<T>, key: Uint8Array): T {
    const value = this.get(type, key)
    if (value === undefined) throw new Error(`invariant: the state lacks its ${type.kind} entry`)
    return value
  }

  /** The encoding of an entry, for who needs little of it: what nobody asked for otherwise is not decoded. */
  encoded<T>(type: EntryType<T>, key: Uint8Array): Uint8Array | undefined {
    const slot = this.#slot(type, key)
    if (!slot.written) return slot.original
    return slot.value === undefined ? undefined : type.codec.encode(slot.value as T)
  }

  put<T>(type: EntryType<T>, key: Uint8Array, value: T): void {
    this.#write(type, key, value)
  }

  remove<T>(type: EntryType<T>, key: Uint8Array): void {
    this.#write(type, key, undefined)
  }

  #write<T>(type: EntryType<T>, key: Uint8Array, value: T | undefined): void {
    const slot = this.#slot(type, key)
    if (recordKinds.has(type.kind)) {
      if (slot.written && slot.value !== undefined) this.#replaced.push({ type: slot.type, value: slot.value })
      if (!slot.written && slot.original !== undefined) this.#replaced.push(slot.original)
    }
    slot.value = value
    slot.isDecoded = true
    slot.written = true
  }

  /** Records that were replaced or removed, encoded, also those that this block itself had made: `recordHash` names each. */
  replacedRecords(): Uint8Array[] {
    return this.#replaced.map((record) =>
      record instanceof Uint8Array ? record : record.type.codec.encode(record.value),
    )
  }

  /** What differs from the view, sorted by key. */
  changes(): Change[] {
    const changes: Change[] = []
    for (const { key, type, original, value, written } of this.#slots.values()) {
      if (!written) continue
      const encoded = value === undefined ? undefined : type.codec.encode(value)
      if (!isSame(original, encoded)) changes.push({ key, value: encoded })
    }
    return changes.sort((a, b) => compareBytes(a.key, b.key))
  }

  #slot<T>(type: EntryType<T>, key: Uint8Array): Slot {
    const known = this.#slotsByArray.get(key)
    if (known !== undefined) return known
    const slot = this.#slotByName(type, key)
    this.#slotsByArray.set(key, slot)
    return slot
  }

  #slotByName<T>(type: EntryType<T>, key: Uint8Array): Slot {
    // Bytes as the characters 0 to 255: the cheapest string that has the key's identity.
    const name = String.fromCharCode.apply(null, key as unknown as number[])
    const known = this.#slots.get(name)
    if (known !== undefined) return known
    const original = this.#view.get(key)
    const slot: Slot = {
      key,
      type: type as EntryType<unknown>,
      original,
      value: undefined,
      isDecoded: false,
      written: false,
    }
    this.#slots.set(name, slot)
    return slot
  }
}

function isSame(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  return equalBytes(a, b)
}
