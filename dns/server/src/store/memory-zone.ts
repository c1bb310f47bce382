import {
  HEADER_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_NAME_BYTES,
  RecordClass,
  RecordType,
  type Rrset,
  readUint16,
  readUint32,
  writeUint16,
  writeUint32,
} from '@cresset/dns-wire'
import { NO_OWNER, type Owner, RECORD_FIXED_BYTES, type Zone } from '../zone-source.ts'
import type { ByteArena } from './byte-arena.ts'
import type { NameHash } from './name-hash.ts'
import { OwnerTable } from './owner-table.ts'

/**
 * An RRset's block in the arena: offset of the owner's next block (word 0), key (word 1), bytes of its records (word 2), a spare
 * word, then the records. The key is the type; for the signatures over an RRset it is that RRset's type plus `SIGNATURES`.
 */
const NEXT_WORD = 0
const KEY_WORD = 1
const LENGTH_WORD = 2
const BLOCK_HEADER_BYTES = 16
const SIGNATURES = 0x1_0000

/** Header, the longest question, and an OPT record with an extended error. */
const MESSAGE_OVERHEAD_BYTES = HEADER_BYTES + MAX_NAME_BYTES + 4 + 17
/** The greatest RRset: with a pointer as each record's owner it fits one message. */
export const MAX_RRSET_BYTES = MAX_MESSAGE_BYTES - MESSAGE_OVERHEAD_BYTES
const OWNER_POINTER_BYTES = 2

/** What became of one record; `lower-ttl`: it is there, its RRset had another TTL, and all have the lower one now. */
export type AddedRecord = 'added' | 'lower-ttl' | 'duplicate' | 'rrset-too-large'

/** One zone in an arena; changed only by `ZoneStore.apply`, or by whoever made it before it is served. Blocks of an owner rise by key. */
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
    let isSigned = false
    for (let block = this.#owners.firstRrset(owner); block !== 0; block = this.#word(block, NEXT_WORD)) {
      const key = this.#word(block, KEY_WORD)
      if (key < SIGNATURES) types.push(key)
      else isSigned = true
    }
    return isSigned ? [...types, RecordType.RRSIG].sort((a, b) => a - b) : types
  }

  rrset(owner: Owner, type: number): Uint8Array | undefined {
    return this.#records(this.#find(owner, type))
  }

  signatures(owner: Owner, type: number): Uint8Array | undefined {
    return this.#records(this.#find(owner, SIGNATURES + type))
  }

  /** A view of the owner's wire name. */
  name(owner: Owner): Uint8Array {
    return this.#owners.name(owner)
  }

  /** The owner one label above; `NO_OWNER` above the apex. */
  parent(owner: Owner): Owner {
    return this.#owners.parent(owner)
  }

  /** All owners, parents before children. */
  *owners(): Generator<Owner> {
    const pending: Owner[] = [this.apexOwner]
    for (let owner = pending.pop(); owner !== undefined; owner = pending.pop()) {
      yield owner
      for (let child = this.#owners.firstChild(owner); child !== NO_OWNER; child = this.#owners.nextSibling(child))
        pending.push(child)
    }
  }

  /** Every RRset as objects, parents before children: for tests, exports and counting, not for answers. */
  *rrsets(): Generator<Rrset> {
    for (const owner of this.owners()) {
      for (let block = this.#owners.firstRrset(owner); block !== 0; block = this.#word(block, NEXT_WORD))
        yield this.#readRrset(owner, block)
    }
  }

  /** Appends one record with good RDATA to its RRset, or an RRSIG to the signatures over the type that it covers. */
  add(name: Uint8Array, type: number, ttl: number, rdata: Uint8Array): AddedRecord {
    const owner = this.#owners.ensure(name)
    const key = type === RecordType.RRSIG ? SIGNATURES + readUint16(rdata, 0) : type
    const record = encodeRecords({ owner: name, type, ttl, rdatas: [rdata] })
    const block = this.#find(owner, key)
    const present = this.#records(block)
    if (present === undefined) {
      this.#insert(owner, key, record)
      return 'added'
    }
    const { ttl: presentTtl, rdatas } = readRecords(present)
    if (rdatas.some((other) => Buffer.compare(other, rdata) === 0)) return 'duplicate'
    const records = new Uint8Array(present.length + record.length)
    if (records.length + OWNER_POINTER_BYTES * (rdatas.length + 1) > MAX_RRSET_BYTES) return 'rrset-too-large'
    records.set(present)
    records.set(record, present.length)
    if (ttl !== presentTtl) setTtl(records, Math.min(ttl, presentTtl))
    this.#unlink(owner, key)
    this.#insert(owner, key, records)
    return ttl === presentTtl ? 'added' : 'lower-ttl'
  }

  put(rrset: Rrset): void {
    const records = encodeRecords(rrset)
    const owner = this.#owners.ensure(rrset.owner)
    const present = this.rrset(owner, rrset.type)
    if (present !== undefined && Buffer.compare(present, records) === 0) return
    this.#unlink(owner, rrset.type)
    this.#insert(owner, rrset.type, records)
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
    for (const owner of found) {
      let block = this.#owners.firstRrset(owner)
      for (; block !== 0; block = this.#owners.firstRrset(owner)) this.#unlink(owner, this.#word(block, KEY_WORD))
    }
    for (const leaf of leaves) this.#owners.prune(leaf)
  }

  #readRrset(owner: Owner, block: number): Rrset {
    const { ttl, rdatas } = readRecords(this.#records(block) as Uint8Array)
    const key = this.#word(block, KEY_WORD)
    const type = key < SIGNATURES ? key : RecordType.RRSIG
    return { owner: this.name(owner).slice(), type, ttl, rdatas: rdatas.map((rdata) => rdata.slice()) }
  }

  /** The block with this key; 0 when there is none. */
  #find(owner: Owner, key: number): number {
    let block = this.#owners.firstRrset(owner)
    while (block !== 0 && this.#word(block, KEY_WORD) !== key) block = this.#word(block, NEXT_WORD)
    return block
  }

  #records(block: number): Uint8Array | undefined {
    if (block === 0) return undefined
    const start = block + BLOCK_HEADER_BYTES
    return this.#arena.bytes.subarray(start, start + this.#word(block, LENGTH_WORD))
  }

  /** Puts a new block where its key belongs. */
  #insert(owner: Owner, key: number, records: Uint8Array): void {
    const block = this.#arena.allocate(BLOCK_HEADER_BYTES + records.length)
    this.#arena.bytes.set(records, block + BLOCK_HEADER_BYTES)
    this.#setWord(block, KEY_WORD, key)
    this.#setWord(block, LENGTH_WORD, records.length)
    let previous = 0
    let next = this.#owners.firstRrset(owner)
    while (next !== 0 && this.#word(next, KEY_WORD) < key) {
      previous = next
      next = this.#word(next, NEXT_WORD)
    }
    this.#setWord(block, NEXT_WORD, next)
    this.#link(owner, previous, block)
    this.#rrsetCount += 1
  }

  #unlink(owner: Owner, key: number): void {
    let previous = 0
    for (let block = this.#owners.firstRrset(owner); block !== 0; block = this.#word(block, NEXT_WORD)) {
      if (this.#word(block, KEY_WORD) === key) {
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

function readRecords(records: Uint8Array): { ttl: number; rdatas: Uint8Array[] } {
  const rdatas: Uint8Array[] = []
  for (let offset = 0; offset < records.length; ) {
    const start = offset + RECORD_FIXED_BYTES
    offset = start + readUint16(records, offset + 8)
    rdatas.push(records.subarray(start, offset))
  }
  return { ttl: readUint32(records, 4), rdatas }
}

function setTtl(records: Uint8Array, ttl: number): void {
  for (let offset = 0; offset < records.length; offset += RECORD_FIXED_BYTES + readUint16(records, offset + 8))
    writeUint32(records, offset + 4, ttl)
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
