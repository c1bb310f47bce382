import { NO_OWNER, type Owner } from '../zone-source.ts'
import type { ByteArena } from './byte-arena.ts'
import type { NameHash } from './name-hash.ts'
import { OwnerTable } from './owner-table.ts'

/** The key of an RRset is its type; of the signatures over it, its type plus this. */
export const SIGNATURES = 0x1_0000

/** A block in the arena: offset of the owner's next block (word 0), key (word 1), bytes of its records (word 2), a spare word, the records. */
const NEXT_WORD = 0
const KEY_WORD = 1
const LENGTH_WORD = 2
const BLOCK_HEADER_BYTES = 16

/** Owners of one zone, and records by owner and key. An owner's blocks rise by key. */
export class RrsetTable {
  readonly owners: OwnerTable
  readonly #arena: ByteArena
  #count = 0

  /** Empty, or with the records of another one, of whose arena this one is a copy. */
  constructor(apex: Uint8Array, arena: ByteArena, hash: NameHash, from?: RrsetTable) {
    this.#arena = arena
    this.owners = new OwnerTable(arena, hash, apex, from?.owners)
    this.#count = from?.count ?? 0
  }

  /** Blocks of all owners. */
  get count(): number {
    return this.#count
  }

  get(owner: Owner, key: number): Uint8Array | undefined {
    for (let block = this.owners.firstRrset(owner); block !== 0; block = this.#word(block, NEXT_WORD)) {
      const present = this.#word(block, KEY_WORD)
      if (present < key) continue
      if (present > key) return undefined
      const start = block + BLOCK_HEADER_BYTES
      return this.#arena.bytes.subarray(start, start + this.#word(block, LENGTH_WORD))
    }
    return undefined
  }

  /** Keys present at the owner, rising. */
  keys(owner: Owner): number[] {
    const keys: number[] = []
    for (let block = this.owners.firstRrset(owner); block !== 0; block = this.#word(block, NEXT_WORD))
      keys.push(this.#word(block, KEY_WORD))
    return keys
  }

  /** Puts records in the place of those with the same key. They must not be a view of the arena, which may grow. */
  put(owner: Owner, key: number, records: Uint8Array): void {
    this.remove(owner, key)
    const block = this.#arena.allocate(BLOCK_HEADER_BYTES + records.length)
    this.#arena.bytes.set(records, block + BLOCK_HEADER_BYTES)
    this.#setWord(block, KEY_WORD, key)
    this.#setWord(block, LENGTH_WORD, records.length)
    let previous = 0
    let next = this.owners.firstRrset(owner)
    while (next !== 0 && this.#word(next, KEY_WORD) < key) {
      previous = next
      next = this.#word(next, NEXT_WORD)
    }
    this.#setWord(block, NEXT_WORD, next)
    this.#link(owner, previous, block)
    this.#count += 1
  }

  /** The owner stays, also without records, until it is pruned. */
  remove(owner: Owner, key: number): void {
    let previous = 0
    for (let block = this.owners.firstRrset(owner); block !== 0; block = this.#word(block, NEXT_WORD)) {
      if (this.#word(block, KEY_WORD) === key) {
        this.#link(owner, previous, this.#word(block, NEXT_WORD))
        this.#arena.free(block, BLOCK_HEADER_BYTES + this.#word(block, LENGTH_WORD))
        this.#count -= 1
        return
      }
      previous = block
    }
  }

  /** All owners at and below `top`, parents before children. */
  *below(top: Owner): Generator<Owner> {
    const pending: Owner[] = [top]
    for (let owner = pending.pop(); owner !== undefined; owner = pending.pop()) {
      yield owner
      for (let child = this.owners.firstChild(owner); child !== NO_OWNER; child = this.owners.nextSibling(child))
        pending.push(child)
    }
  }

  #link(owner: Owner, previous: number, block: number): void {
    if (previous === 0) this.owners.setFirstRrset(owner, block)
    else this.#setWord(previous, NEXT_WORD, block)
  }

  #word(block: number, index: number): number {
    return this.#arena.words[(block >>> 2) + index] as number
  }

  #setWord(block: number, index: number, value: number): void {
    this.#arena.words[(block >>> 2) + index] = value
  }
}
