import { NO_OWNER, type Owner } from '../zone-source.ts'
import type { ByteArena } from './byte-arena.ts'
import type { NameHash } from './name-hash.ts'

/** Columns of one owner in `#columns`, 32 bits each. */
const COLUMN = {
  /** 0 in a row that is free. */
  nameOffset: 0,
  hash: 1,
  parent: 2,
  childCount: 3,
  firstChild: 4,
  nextSibling: 5,
  previousSibling: 6,
  /** Arena offset of the first RRset, 0 for none. */
  firstRrset: 7,
} as const
const COLUMNS = 8

const INITIAL_OWNERS = 64

/**
 * Owner names of one zone: an open-addressing index on the lower-cased wire name, and the tree of labels as sibling lists, in
 * typed arrays. Every name between an owner and the apex is an owner too (an empty non-terminal when it has no RRset).
 */
export class OwnerTable {
  readonly #arena: ByteArena
  readonly #hash: NameHash
  readonly #apexBytes: number
  #columns = new Int32Array(INITIAL_OWNERS * COLUMNS)
  /** Owner + 1 in each used slot; linear probing, at most half full. */
  #slots = new Int32Array(INITIAL_OWNERS * 2)
  #allocated = 0
  #firstFree: Owner = NO_OWNER
  #count = 0

  /** With the apex alone, or with the owners of another one, of whose arena this one is a copy. */
  constructor(arena: ByteArena, hash: NameHash, apex: Uint8Array, from?: OwnerTable) {
    this.#arena = arena
    this.#hash = hash
    this.#apexBytes = apex.length
    if (from === undefined) {
      this.#insert(apex, 0, NO_OWNER)
      return
    }
    this.#columns = from.#columns.slice()
    this.#slots = from.#slots.slice()
    this.#allocated = from.#allocated
    this.#firstFree = from.#firstFree
    this.#count = from.#count
  }

  /** The apex is always the first owner. */
  get apexOwner(): Owner {
    return 0
  }

  get count(): number {
    return this.#count
  }

  /** All owners. Each that is there from the first to the last is given, whatever comes and goes meanwhile. */
  *all(): Generator<Owner> {
    for (let owner = 0; owner < this.#allocated; owner++) if (this.#nameOffset(owner) !== 0) yield owner
  }

  find(bytes: Uint8Array, offset: number): Owner {
    const length = nameBytes(bytes, offset)
    const hash = this.#hash.hash(bytes, offset, offset + length) | 0
    const slots = this.#slots
    const mask = slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const owner = (slots[slot] as number) - 1
      if (owner < 0) return NO_OWNER
      if (this.#columns[owner * COLUMNS + COLUMN.hash] === hash && this.#hasName(owner, bytes, offset, length))
        return owner
    }
  }

  /** The owner with this name, made with all names between it and the apex when it is new. */
  ensure(name: Uint8Array): Owner {
    const found = this.find(name, 0)
    if (found !== NO_OWNER) return found
    const missing: number[] = []
    let parent: Owner = NO_OWNER
    for (let offset = 0; parent === NO_OWNER; offset += 1 + (name[offset] as number)) {
      parent = this.find(name, offset)
      if (parent === NO_OWNER) missing.push(offset)
      // The apex is always there, so the walk ends before it passes the apex.
      if (name.length - offset < this.#apexBytes) throw new Error('name outside its zone')
    }
    for (const offset of missing.reverse()) parent = this.#insert(name, offset, parent)
    return parent
  }

  /** Removes the owner when it has neither RRsets nor children, then its parents likewise; the apex stays. */
  prune(owner: Owner): void {
    let current = owner
    while (current !== this.apexOwner && this.firstRrset(current) === 0 && this.childCount(current) === 0) {
      const parent = this.parent(current)
      this.#remove(current, parent)
      current = parent
    }
  }

  childCount(owner: Owner): number {
    return this.#columns[owner * COLUMNS + COLUMN.childCount] as number
  }

  parent(owner: Owner): Owner {
    return this.#columns[owner * COLUMNS + COLUMN.parent] as number
  }

  firstChild(owner: Owner): Owner {
    return this.#columns[owner * COLUMNS + COLUMN.firstChild] as number
  }

  nextSibling(owner: Owner): Owner {
    return this.#columns[owner * COLUMNS + COLUMN.nextSibling] as number
  }

  firstRrset(owner: Owner): number {
    return (this.#columns[owner * COLUMNS + COLUMN.firstRrset] as number) >>> 0
  }

  setFirstRrset(owner: Owner, offset: number): void {
    this.#columns[owner * COLUMNS + COLUMN.firstRrset] = offset
  }

  /** A view of the owner's wire name. */
  name(owner: Owner): Uint8Array {
    const offset = this.#nameOffset(owner)
    return this.#arena.bytes.subarray(offset, offset + nameBytes(this.#arena.bytes, offset))
  }

  #nameOffset(owner: Owner): number {
    return (this.#columns[owner * COLUMNS + COLUMN.nameOffset] as number) >>> 0
  }

  #hasName(owner: Owner, bytes: Uint8Array, offset: number, length: number): boolean {
    const stored = this.#arena.bytes
    const start = this.#nameOffset(owner)
    for (let index = 0; index < length; index++) {
      if (stored[start + index] !== bytes[offset + index]) return false
    }
    return true
  }

  #insert(name: Uint8Array, offset: number, parent: Owner): Owner {
    const length = name.length - offset
    const nameOffset = this.#arena.allocate(length)
    this.#arena.bytes.set(name.subarray(offset), nameOffset)
    const owner = this.#takeRow()
    const row = owner * COLUMNS
    const next = parent === NO_OWNER ? NO_OWNER : this.firstChild(parent)
    const columns = this.#columns
    columns[row + COLUMN.nameOffset] = nameOffset
    columns[row + COLUMN.hash] = this.#hash.hash(name, offset, name.length)
    columns[row + COLUMN.parent] = parent
    columns[row + COLUMN.childCount] = 0
    columns[row + COLUMN.firstChild] = NO_OWNER
    columns[row + COLUMN.nextSibling] = next
    columns[row + COLUMN.previousSibling] = NO_OWNER
    columns[row + COLUMN.firstRrset] = 0
    if (next !== NO_OWNER) columns[next * COLUMNS + COLUMN.previousSibling] = owner
    if (parent !== NO_OWNER) {
      columns[parent * COLUMNS + COLUMN.firstChild] = owner
      columns[parent * COLUMNS + COLUMN.childCount] = this.childCount(parent) + 1
    }
    this.#count += 1
    if (this.#count * 2 > this.#slots.length) this.#growSlots()
    this.#occupySlot(owner)
    return owner
  }

  #takeRow(): Owner {
    const free = this.#firstFree
    if (free !== NO_OWNER) {
      this.#firstFree = this.nextSibling(free)
      return free
    }
    if ((this.#allocated + 1) * COLUMNS > this.#columns.length) {
      const grown = new Int32Array(this.#columns.length * 2)
      grown.set(this.#columns)
      this.#columns = grown
    }
    this.#allocated += 1
    return this.#allocated - 1
  }

  #remove(owner: Owner, parent: Owner): void {
    const columns = this.#columns
    const row = owner * COLUMNS
    const next = columns[row + COLUMN.nextSibling] as number
    const previous = columns[row + COLUMN.previousSibling] as number
    if (next !== NO_OWNER) columns[next * COLUMNS + COLUMN.previousSibling] = previous
    if (previous !== NO_OWNER) columns[previous * COLUMNS + COLUMN.nextSibling] = next
    else columns[parent * COLUMNS + COLUMN.firstChild] = next
    columns[parent * COLUMNS + COLUMN.childCount] = this.childCount(parent) - 1
    this.#vacateSlot(owner)
    const nameOffset = this.#nameOffset(owner)
    this.#arena.free(nameOffset, nameBytes(this.#arena.bytes, nameOffset))
    columns[row + COLUMN.nameOffset] = 0
    columns[row + COLUMN.nextSibling] = this.#firstFree
    this.#firstFree = owner
    this.#count -= 1
  }

  #occupySlot(owner: Owner): void {
    const mask = this.#slots.length - 1
    let slot = (this.#columns[owner * COLUMNS + COLUMN.hash] as number) & mask
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask
    this.#slots[slot] = owner + 1
  }

  /** Closes the gap by moving back later entries of the same run, so that no tombstones pile up. */
  #vacateSlot(owner: Owner): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let gap = (this.#columns[owner * COLUMNS + COLUMN.hash] as number) & mask
    while (slots[gap] !== owner + 1) gap = (gap + 1) & mask
    for (let slot = (gap + 1) & mask; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const home = (this.#columns[((slots[slot] as number) - 1) * COLUMNS + COLUMN.hash] as number) & mask
      // Movable when its home slot does not lie between the gap and where it stands.
      if (((slot - home) & mask) >= ((slot - gap) & mask)) {
        slots[gap] = slots[slot] as number
        gap = slot
      }
    }
    slots[gap] = 0
  }

  #growSlots(): void {
    const old = this.#slots
    this.#slots = new Int32Array(old.length * 2)
    for (const entry of old) if (entry !== 0) this.#occupySlot(entry - 1)
  }
}

function nameBytes(bytes: Uint8Array, offset: number): number {
  let end = offset
  while (bytes[end] !== 0) end += 1 + (bytes[end] as number)
  return end + 1 - offset
}
