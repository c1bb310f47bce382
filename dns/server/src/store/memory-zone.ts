import { MAX_MESSAGE_BYTES, RecordType, type Rrset, readUint16 } from '@cresset/dns-wire'
import { encodeRecords, RECORD_FIXED_BYTES, rdatasOf, recordsLength, setTtl, ttlOf } from '../records.ts'
import { LiveSigning, type LiveSigningOptions } from '../sign/live-signing.ts'
import { type CompactDenial, type DenialChain, NO_OWNER, type Owner, type Zone } from '../zone-source.ts'
import type { ByteArena } from './byte-arena.ts'
import { Nsec3Links, NsecChain } from './denial-chains.ts'
import type { NameHash } from './name-hash.ts'
import { RrsetTable, SIGNATURES } from './rrset-table.ts'

/** Header, the longest question and owner, an OPT record with all options that there are answers to, and a TSIG record by SHA-512. */
const MESSAGE_OVERHEAD_BYTES = 1_024
/** The greatest RRset: with a pointer as the owner of each record but the first it fits one message. */
export const MAX_RRSET_BYTES = MAX_MESSAGE_BYTES - MESSAGE_OVERHEAD_BYTES
const OWNER_POINTER_BYTES = 2

/** What became of one record; `lower-ttl`: it is there, its RRset had another TTL, and all have the lower one now. */
export type AddedRecord = 'added' | 'lower-ttl' | 'duplicate' | 'rrset-too-large'

/** One RRset of a zone, or the signatures over one. */
export interface ZoneEntry {
  /** Wire name of the owner. */
  readonly name: Uint8Array
  readonly type: number
  readonly records: Uint8Array
}

/** Told of what changes in a zone, while it changes: to look at the zone it must wait until that is done. */
export interface ZoneWatcher {
  /** Records of this owner, or signatures over them, come or go. A view, which the next change ends. */
  changed(name: Uint8Array): void
  /** The zone is signed otherwise than before, or no more. */
  changedAll(): void
}

/** Owners and types of RRsets. */
export class RrsetNames {
  readonly #types = new Map<string, Set<number>>()

  constructor(rrsets: readonly Rrset[]) {
    for (const { owner, type } of rrsets) {
      const name = textOf(owner)
      const types = this.#types.get(name)
      if (types === undefined) this.#types.set(name, new Set([type]))
      else types.add(type)
    }
  }

  typesOf(owner: Uint8Array): ReadonlySet<number> | undefined {
    return this.#types.get(textOf(owner))
  }
}

const textOf = (name: Uint8Array): string => String.fromCharCode(...name)

/** One zone in an arena; changed only by `ZoneStore.apply`, or by whoever made it before it is served. */
export class MemoryZone implements Zone {
  readonly apex: Uint8Array
  isServable = true
  compact: CompactDenial | undefined
  readonly #arena: ByteArena
  readonly #hash: NameHash
  readonly #main: RrsetTable
  /** NSEC3 records and their signatures: their owners are names that nobody can ask for (RFC 5155 section 7.2.8). */
  #hashed: RrsetTable | undefined
  #nsec: NsecChain | undefined
  #nsec3: Nsec3Links | undefined
  #signing: LiveSigning | undefined
  #watcher: ZoneWatcher | undefined

  /** Empty, or with all that another one has, of whose arena this one is a copy. */
  constructor(apex: Uint8Array, arena: ByteArena, hash: NameHash, from?: MemoryZone) {
    this.apex = apex
    this.#arena = arena
    this.#hash = hash
    this.#main = new RrsetTable(apex, arena, hash, from === undefined ? undefined : from.#main)
    if (from === undefined) return
    this.isServable = from.isServable
    this.compact = from.compact
    if (from.#hashed !== undefined) this.#hashed = new RrsetTable(apex, arena, hash, from.#hashed)
    if (from.#nsec !== undefined) this.#nsec = this.#newNsec(from.#nsec)
    if (from.#nsec3 !== undefined && this.#hashed !== undefined)
      this.#nsec3 = new Nsec3Links(this.#hashed, arena, from.#nsec3)
  }

  /** The zone as it is now, with memory of its own: a few large pieces are copied, and nothing for each record. */
  copy(): MemoryZone {
    return new MemoryZone(this.apex, this.#arena.copy(), this.#hash, this)
  }

  /** Its SOA record; undefined while there is none. */
  get soa(): Uint8Array | undefined {
    return this.rrset(this.apexOwner, RecordType.SOA)
  }

  /** Has one watcher told of changes from now on, in the place of the one before. */
  watch(watcher: ZoneWatcher | undefined): void {
    this.#watcher = watcher
  }

  get apexOwner(): Owner {
    return this.#main.owners.apexOwner
  }

  /** Owner names, empty non-terminals included. */
  get ownerCount(): number {
    return this.#main.owners.count
  }

  /** RRsets, the signatures over one of them counted as one. */
  get rrsetCount(): number {
    return this.#main.count + (this.#hashed?.count ?? 0)
  }

  /** By NSEC if the apex has one, else by the NSEC3 records that fit its NSEC3PARAM. */
  get chain(): DenialChain | undefined {
    const { apexOwner } = this
    if (this.#nsec !== undefined && this.rrset(apexOwner, RecordType.NSEC) !== undefined) return this.#nsec
    const parameters = this.#nsec3 && this.rrset(apexOwner, RecordType.NSEC3PARAM)
    return parameters && this.#nsec3?.chain(parameters)
  }

  find(bytes: Uint8Array, offset: number): Owner {
    return this.#main.owners.find(bytes, offset)
  }

  findWildcard(owner: Owner): Owner {
    const { owners } = this.#main
    if (owners.childCount(owner) === 0) return NO_OWNER
    const parent = owners.name(owner)
    // A wildcard that would be longer than a name may be cannot have been stored; the search just does not find it.
    const name = new Uint8Array(2 + parent.length)
    name[0] = 1
    name[1] = 0x2a
    name.set(parent, 2)
    return owners.find(name, 0)
  }

  childCount(owner: Owner): number {
    return this.#main.owners.childCount(owner)
  }

  types(owner: Owner): readonly number[] {
    const keys = this.#main.keys(owner)
    const types = keys.filter((key) => key < SIGNATURES)
    return types.length === keys.length ? types : [...types, RecordType.RRSIG].sort((a, b) => a - b)
  }

  rrset(owner: Owner, type: number): Uint8Array | undefined {
    return this.#main.get(owner, type)
  }

  signatures(owner: Owner, type: number): Uint8Array | undefined {
    const present = this.#main.get(owner, SIGNATURES + type)
    return this.#signing === undefined ? present : this.#signing.signatures(owner, type, present)
  }

  /** Keeps the signatures over an RRset, RRSIG records of an owner that is there. */
  putSignatures(owner: Owner, type: number, signatures: Rrset): Uint8Array {
    const table = this.#tableOf(type)
    table.put(owner, SIGNATURES + type, encodeRecords(signatures))
    this.#watcher?.changed(signatures.owner)
    return table.get(owner, SIGNATURES + type) as Uint8Array
  }

  removeSignatures(owner: Owner, type: number): void {
    this.#tableOf(type).remove(owner, SIGNATURES + type)
    this.#watcher?.changed(this.name(owner))
  }

  /** What signs the zone while it changes; undefined for one that is signed beforehand or not at all. */
  get signing(): LiveSigning | undefined {
    return this.#signing
  }

  /** Has the zone signed from now on, or by other keys than before, or with denials of the other kind. */
  signLive(options: LiveSigningOptions): void {
    if (this.#signing !== undefined && this.#signing.denial !== (options.denial ?? 'chain')) this.signNoMore()
    if (this.#signing === undefined) this.#signing = new LiveSigning(this, options)
    else this.#signing.use(options)
    this.#watcher?.changedAll()
  }

  /** Takes away all that signing put there. */
  signNoMore(): void {
    if (this.#signing === undefined) return
    this.#signing = undefined
    this.compact = undefined
    const owners = [...this.owners()]
    for (const owner of owners) {
      for (const type of this.types(owner)) this.removeSignatures(owner, type)
      this.#drop(this.#main, owner, RecordType.NSEC)
    }
    this.remove(this.apex, RecordType.DNSKEY)
    this.#watcher?.changedAll()
  }

  /** The name whose NSEC stands before that of a name, or behind it, around the ends of the chain. */
  chainName(side: 'before' | 'after', name: Uint8Array): Uint8Array | undefined {
    const owner = this.#nsec?.neighbour(side, name)
    return owner === undefined ? undefined : this.name(owner)
  }

  /** A view of the owner's wire name. */
  name(owner: Owner): Uint8Array {
    return this.#main.owners.name(owner)
  }

  /** The owner one label above; `NO_OWNER` above the apex. */
  parent(owner: Owner): Owner {
    return this.#main.owners.parent(owner)
  }

  /** Owners at and below one, parents before children. */
  ownersBelow(top: Owner): Generator<Owner> {
    return this.#main.below(top)
  }

  /** All owners, parents before children; not those of NSEC3 records. */
  owners(): Generator<Owner> {
    return this.#main.below(this.apexOwner)
  }

  /** The same in any order, for work that is done little by little: each that is there all the while is met, whatever comes and goes. */
  ownersInAnyOrder(): Generator<Owner> {
    return this.#main.owners.all()
  }

  /** Every RRset, signatures apart from what they sign; parents before children, then NSEC3. Views, which the next change ends. */
  *entries(): Generator<ZoneEntry> {
    for (const table of [this.#main, this.#hashed]) {
      if (table === undefined) continue
      for (const owner of table.below(table.owners.apexOwner)) {
        const name = table.owners.name(owner)
        for (const key of table.keys(owner)) {
          const type = key < SIGNATURES ? key : RecordType.RRSIG
          yield { name, type, records: table.get(owner, key) as Uint8Array }
        }
      }
    }
  }

  /** Every RRset as objects, as \`entries\` has them: for tests, exports and counting, not for answers. */
  *rrsets(): Generator<Rrset> {
    for (const { name, type, records } of this.entries()) yield toRrset(name, type, records)
  }

  /** What the zone has at the place of an entry of any zone with this apex: its RRset, or the signatures over the same type. */
  recordsAt({ name, type, records }: ZoneEntry): Uint8Array | undefined {
    const covered = type === RecordType.RRSIG ? readUint16(records, RECORD_FIXED_BYTES) : undefined
    const table = (covered ?? type) === RecordType.NSEC3 ? this.#hashed : this.#main
    const owner = table?.owners.find(name, 0) ?? NO_OWNER
    return owner === NO_OWNER ? undefined : table?.get(owner, covered === undefined ? type : SIGNATURES + covered)
  }

  /** RRsets of one owner as objects, without signatures. */
  rrsetsAt(owner: Owner): Rrset[] {
    const types = this.#main.keys(owner).filter((key) => key < SIGNATURES)
    return types.map((type) => toRrset(this.name(owner), type, this.#main.get(owner, type) as Uint8Array))
  }

  /** Appends one record with good RDATA to its RRset, or an RRSIG to the signatures over the type that it covers. */
  add(name: Uint8Array, type: number, ttl: number, rdata: Uint8Array): AddedRecord {
    const covered = type === RecordType.RRSIG ? readUint16(rdata, 0) : undefined
    const table = this.#tableOf(covered ?? type)
    const owner = table.owners.ensure(name)
    const key = covered === undefined ? type : SIGNATURES + covered
    const record = encodeRecords({ owner: name, type, ttl, rdatas: [rdata] })
    const present = table.get(owner, key)
    const others = present === undefined ? [] : rdatasOf(present)
    if (others.some((other) => Buffer.compare(other, rdata) === 0)) return 'duplicate'
    const presentBytes = present?.length ?? 0
    const records = new Uint8Array(presentBytes + record.length)
    if (records.length + OWNER_POINTER_BYTES * (others.length + 1) > MAX_RRSET_BYTES) return 'rrset-too-large'
    if (present !== undefined) records.set(present)
    records.set(record, presentBytes)
    const presentTtl = present === undefined ? ttl : ttlOf(present)
    if (ttl !== presentTtl) setTtl(records, Math.min(ttl, presentTtl))
    table.put(owner, key, records)
    this.#index(table, owner, type)
    this.#watcher?.changed(name)
    return ttl === presentTtl ? 'added' : 'lower-ttl'
  }

  /** Puts an RRset in the place of that of its owner and type; signatures over another one go. */
  put(rrset: Rrset): void {
    const records = encodeRecords(rrset)
    const table = this.#tableOf(rrset.type)
    const owner = table.owners.ensure(rrset.owner)
    const present = table.get(owner, rrset.type)
    if (present !== undefined && Buffer.compare(present, records) === 0) return
    table.put(owner, rrset.type, records)
    table.remove(owner, SIGNATURES + rrset.type)
    this.#index(table, owner, rrset.type)
    this.#watcher?.changed(rrset.owner)
  }

  /** Removes an RRset and the signatures over it. */
  remove(name: Uint8Array, type: number): void {
    const table = this.#tableOf(type)
    const owner = table.owners.find(name, 0)
    if (owner === NO_OWNER) return
    this.#drop(table, owner, type)
    table.owners.prune(owner)
  }

  /** Removes everything at and below `name`, but for NSEC3 records, and for those in `kept`, which are to be put anew. */
  clear(name: Uint8Array, kept?: RrsetNames): void {
    const table = this.#main
    const top = table.owners.find(name, 0)
    if (top === NO_OWNER) return
    const found = [...table.below(top)]
    // Pruning a leaf removes its emptied parents too, each once, after its last child.
    const leaves = found.filter((owner) => this.childCount(owner) === 0)
    for (const owner of found) {
      const keptTypes = kept?.typesOf(table.owners.name(owner))
      for (const key of table.keys(owner)) {
        const type = key & ~SIGNATURES
        // Where the zone is signed as it changes, the chain is put right when all has changed.
        const isLink = kept !== undefined && this.#signing !== undefined && type === RecordType.NSEC
        if (!isLink && keptTypes?.has(type) !== true) this.#drop(table, owner, key)
      }
    }
    for (const leaf of leaves) table.owners.prune(leaf)
  }

  #tableOf(type: number): RrsetTable {
    if (type !== RecordType.NSEC3) return this.#main
    this.#hashed ??= new RrsetTable(this.apex, this.#arena, this.#hash)
    return this.#hashed
  }

  #newNsec(from?: NsecChain): NsecChain {
    return new NsecChain(this.#main, this.#arena, (of) => this.signatures(of, RecordType.NSEC), from)
  }

  #index(table: RrsetTable, owner: Owner, type: number): void {
    if (type === RecordType.NSEC) {
      this.#nsec ??= this.#newNsec()
      this.#nsec.add(owner)
    } else if (type === RecordType.NSEC3) {
      this.#nsec3 ??= new Nsec3Links(table, this.#arena)
      this.#nsec3.add(owner)
    }
  }

  #drop(table: RrsetTable, owner: Owner, key: number): void {
    this.#watcher?.changed(table.owners.name(owner))
    if (key === RecordType.NSEC) this.#nsec?.delete(owner)
    else if (key === RecordType.NSEC3) this.#nsec3?.delete(owner)
    table.remove(owner, key)
    if (key < SIGNATURES) table.remove(owner, SIGNATURES + key)
  }
}

function toRrset(name: Uint8Array, type: number, records: Uint8Array): Rrset {
  return { owner: name.slice(), type, ttl: ttlOf(records), rdatas: rdatasOf(records).map((rdata) => rdata.slice()) }
}

/** Bytes that an RRset takes in a message. */
export function messageBytes(rrset: Rrset): number {
  return recordsLength(rrset) + OWNER_POINTER_BYTES * rrset.rdatas.length
}
