import {
  HEADER_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_NAME_BYTES,
  RecordClass,
  type Rrset,
  readUint16,
  writeUint16,
  writeUint32,
} from '@cresset/dns-wire'
import { NO_OWNER, type Owner, RECORD_FIXED_BYTES, type Zone } from '../zone-source.ts'
import type { ByteArena } from './byte-arena.ts'
import type { NameHash } from './name-hash.ts'
import { OwnerTable } from './owner-table.ts'

/**
 * An RRset's block in the arena: offset of the owner's next RRset (word 0), type (word 1), bytes of its records (word 2),
 * a word kept for its signatures, then the records.
 */
const NEXT_WORD = 0
const TYPE_WORD = 1
const LENGTH_WORD = 2
const BLOCK_HEADER_BYTES = 16

/** Header, the longest question, and an OPT record with an extended error. */
const MESSAGE_OVERHEAD_BYTES = HEADER_BYTES + MAX_NAME_BYTES + 4 + 17
/** The greatest RRset: with a pointer as each record's owner it fits one message. */
export const MAX_RRSET_BYTES = MAX_MESSAGE_BYTES - MESSAGE_OVERHEAD_BYTES
const OWNER_POINTER_BYTES = 2

/** One zone in an arena; changed only by `ZoneStore.apply`. RRsets of an owner are kept by rising type. */
export class MemoryZone implements Zone {
  readonly apex: Uint8Array
  readonly #arena: ByteArena
  readonly #owners: OwnerTable
  #rrsetCount = 0

  constructor(apex: Uint8Array, arena: ByteArena, hash: NameHash) {
    this.apex = apex
    this.#arena = arena
    this.#owners = new OwnerTable(arena, hash, apex)
  }

  get apexOwner(): Owner {
    return this.#owners.apexOwner
  }

  /** Owner names, empty non-terminals included. */
  get ownerCount(): number {
    return this.#owners.count
  }

  get rrsetCount(): number {
    return this.#rrsetCount
  }

  find(bytes: Uint8Array, offset: number): Owner {
    return this.#owners.find(bytes, offset)
  }

  findWildcard(owner: Owner): Owner {
    if (this.#owners.childCount(owner) === 0) return NO_OWNER
    const parent = this.#owners.name(owner)
    // A wildcard that would be longer than a name may be cannot have been stored; the search just does not find it.
    const name = new Uint8Array(2 + parent.length)
    name[0] = 1
    name[1] = 0x2a
    name.set(parent, 2)
    return this.#owners.find(name, 0)
  }

  childCount(owner: Owner): number {
    return this.#owners.childCount(owner)
  }

  types(owner: Owner): readonly number[] {
    const types: number[] = []
    for (let block = this.#owners.firstRrset(owner); block !== 0; block = this.#word(block, NEXT_WORD)) {
      types.push(this.#word(block, TYPE_WORD))
    }
    return types
  }

  rrset(owner: Owner, type: number): Uint8Array | undefined {
    for (let block = this.#owners.firstRrset(owner); block !== 0; block = this.#word(block, NEXT_WORD)) {
      if (this.#word(block, TYPE_WORD) === type) {
        const start = block + BLOCK_HEADER_BYTES
        return this.#arena.bytes.subarray(start, start + this.#word(block, LENGTH_WORD))
      }
    }
    return undefined
  }

  signatures(): undefined {
    return undefined
  }

  /** Every RRset as objects, parents before children: for tests, exports and counting, not for answers. */
  *rrsets(): Generator<Rrset> {
    const pending: Owner[] = [this.apexOwner]
    for (let owner = pending.pop(); owner !== undefined; owner = pending.pop()) {
      for (const type of this.types(owner)) yield this.#readRrset(owner, type)
      for (let child = this.#owners.firstChild(owner); child !== NO_OWNER; child = this.#owners.nextSibling(child))
        pending.push(child)
    }
  }

  put(rrset: Rrset): void {
    const records = encodeRecords(rrset)
    const owner = this.#owners.ensure(rrset.owner)
    const present = this.rrset(owner, rrset.type)
    if (present !== undefined && Buffer.compare(present, records) === 0) return
    this.#unlink(owner, rrset.type)
    const block = this.#arena.allocate(BLOCK_HEADER_BYTES + records.length)
    this.#arena.bytes.set(records, block + BLOCK_HEADER_BYTES)
    this.#setWord(block, TYPE_WORD, rrset.type)
    this.#setWord(block, LENGTH_WORD, records.length)
    let previous = 0
    let next = this.#owners.firstRrset(owner)
    while (next !== 0 && this.#word(next, TYPE_WORD) < rrset.type) {
      previous = next
      next = this.#word(next, NEXT_WORD)
    }
    this.#setWord(block, NEXT_WORD, next)
    this.#link(owner, previous, block)
    this.#rrsetCount += 1
  }

  remove(name: Uint8Array, type: number): void {
    const owner = this.#owners.find(name, 0)
    if (owner === NO_OWNER) return
    this.#unlink(owner, type)
    this.#owners.prune(owner)
  }

  /** Removes everything at and below `name`. */
  clear(name: Uint8Array): void {
    const top = this.#owners.find(name, 0)
    if (top === NO_OWNER) return
    const found: Owner[] = [top]
    for (let index = 0; index < found.length; index++) {
      const owner = found[index] as Owner
      for (let child = this.#owners.firstChild(owner); child !== NO_OWNER; child = this.#owners.nextSibling(child))
        found.push(child)
    }
    // Pruning a leaf removes its emptied parents too, each once, after its last child.
    const leaves = found.filter((owner) => this.#owners.childCount(owner) === 0)
    for (const owner of found) for (const type of this.types(owner)) this.#unlink(owner, type)
    for (const leaf of leaves) this.#owners.prune(leaf)
  }

  #readRrset(owner: Owner, type: number): Rrset {
    const records = this.rrset(owner, type) as Uint8Array
    const rdatas: Uint8Array[] = []
    let ttl = 0
    for (let offset = 0; offset < records.length; ) {
      ttl = new DataView(records.buffer, records.byteOffset).getUint32(offset + 4)
      const end = offset + RECORD_FIXED_BYTES + readUint16(records, offset + 8)
      rdatas.push(records.slice(offset + RECORD_FIXED_BYTES, end))
      offset = end
    }
    return { owner: this.#owners.name(owner).slice(), type, ttl, rdatas }
  }

  #unlink(owner: Owner, type: number): void {
    let previous = 0
    for (let block = this.#owners.firstRrset(owner); block !== 0; block = this.#word(block, NEXT_WORD)) {
      if (this.#word(block, TYPE_WORD) === type) {
        this.#link(owner, previous, this.#word(block, NEXT_WORD))
        this.#arena.free(block, BLOCK_HEADER_BYTES + this.#word(block, LENGTH_WORD))
        this.#rrsetCount -= 1
        return
      }
      previous = block
    }
  }

  #link(owner: Owner, previous: number, block: number): void {
    if (previous === 0) this.#owners.setFirstRrset(owner, block)
    else this.#setWord(previous, NEXT_WORD, block)
  }

  #word(block: number, index: number): number {
    return this.#arena.words[(block >>> 2) + index] as number
  }

  #setWord(block: number, index: number, value: number): void {
    this.#arena.words[(block >>> 2) + index] = value
  }
}

/** Bytes that an RRset takes in a message. */
export function messageBytes(rrset: Rrset): number {
  return recordsLength(rrset) + OWNER_POINTER_BYTES * rrset.rdatas.length
}

function recordsLength(rrset: Rrset): number {
  return rrset.rdatas.reduce((sum, rdata) => sum + RECORD_FIXED_BYTES + rdata.length, 0)
}

/** The form that `Zone` documents. */
export function encodeRecords(rrset: Rrset): Uint8Array {
  const records = new Uint8Array(recordsLength(rrset))
  let offset = 0
  for (const rdata of rrset.rdatas) {
    writeUint16(records, offset, rrset.type)
    writeUint16(records, offset + 2, RecordClass.IN)
    writeUint32(records, offset + 4, rrset.ttl)
    writeUint16(records, offset + 8, rdata.length)
    records.set(rdata, offset + RECORD_FIXED_BYTES)
    offset += RECORD_FIXED_BYTES + rdata.length
  }
  return records
}
