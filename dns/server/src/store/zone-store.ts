import { randomFillSync } from 'node:crypto'
import {
  checkRdata,
  countLabels,
  formatName,
  isAtOrBelow,
  isLowerCaseName,
  isMetaType,
  isName,
  MAX_TTL_SECONDS,
  RecordType,
  type Rrset,
} from '@cresset/dns-wire'
import type { Zone, ZoneSource } from '../zone-source.ts'
import { ByteArena } from './byte-arena.ts'
import { MAX_RRSET_BYTES, MemoryZone, messageBytes, RrsetNames } from './memory-zone.ts'
import { NameHash } from './name-hash.ts'

/** What happens to one zone in one generation, in this order: drop, clear, remove, put. */
export interface ZoneChange {
  /** Lower-case wire name; the zone is made when it is new. */
  readonly apex: Uint8Array
  /** True: the zone ends, and with it all it held. */
  readonly drop?: boolean
  /** Names that go with everything below them: a ledger name owns its whole subtree. */
  readonly clear?: readonly Uint8Array[]
  /** Single RRsets that go; absent ones are no error. */
  readonly remove?: readonly { readonly owner: Uint8Array; readonly type: number }[]
  /** RRsets that replace the one of the same owner and type. */
  readonly put?: readonly Rrset[]
}

/**
 * `generation` (does not rise), `apex`, `owner` (no lower-case wire name in the zone), `type`, `ttl`, `rdata` (none, malformed,
 * or for a type without a layout over 65,535 bytes), `rrset-too-large`.
 */
export type ZoneChangeCode = 'generation' | 'apex' | 'owner' | 'type' | 'ttl' | 'rdata' | 'rrset-too-large'

/** A change that does not describe a zone; nothing of its generation was applied. */
export class ZoneChangeError extends Error {
  readonly code: ZoneChangeCode

  constructor(code: ZoneChangeCode, message: string) {
    super(message)
    this.name = 'ZoneChangeError'
    this.code = code
  }
}

export interface ZoneStoreOptions {
  /** Key of the owner index; random by default. Give one only to repeat a run. */
  readonly hashKey?: readonly [number, number]
  /** Memory taken at the start. Default 1 MiB. */
  readonly initialBytes?: number
}

/** Zones in memory. A change is checked whole, then becomes visible as one generation. */
export class ZoneStore implements ZoneSource {
  readonly #arena: ByteArena
  readonly #hash: NameHash
  readonly #zonesByHash = new Map<number, MemoryZone[]>()
  /** Zones whose names and RRsets are in the store's own memory. */
  readonly #created = new Set<MemoryZone>()
  #mostApexLabels = 0
  #generation = 0
  #isStale = false
  #lapses = 0

  constructor(options: ZoneStoreOptions = {}) {
    this.#arena = new ByteArena(options.initialBytes ?? 2 ** 20)
    const key = options.hashKey ?? randomFillSync(new Uint32Array(2))
    this.#hash = new NameHash([key[0] as number, key[1] as number])
  }

  get generation(): number {
    return this.#generation
  }

  get isStale(): boolean {
    return this.#isStale
  }

  /** Bytes of names and RRsets, without the index. */
  get arenaBytes(): number {
    return this.#arena.usedBytes
  }

  /** Says whether the data is too old to answer from; answers become SERVFAIL while it is. */
  setStale(isStale: boolean): void {
    if (isStale && !this.#isStale) this.#lapses += 1
    this.#isStale = isStale
  }

  /** How often the data became too old. */
  get lapses(): number {
    return this.#lapses
  }

  findZone(bytes: Uint8Array, offset: number): Zone | undefined {
    let end = offset
    let labels = 0
    for (; bytes[end] !== 0; end += 1 + (bytes[end] as number)) labels += 1
    let start = offset
    for (; labels >= 0; labels--) {
      // A question may have 127 labels; suffixes longer than every apex need no look-up.
      if (labels <= this.#mostApexLabels) {
        const zone = this.#zoneAt(bytes, start, end + 1)
        if (zone !== undefined) return zone
      }
      start += 1 + (bytes[start] as number)
    }
    return undefined
  }

  /** The zone with this apex. */
  zone(apex: Uint8Array): MemoryZone | undefined {
    return this.#zoneAt(apex, 0, apex.length)
  }

  /** All zones, in no particular order. */
  *zones(): Generator<MemoryZone> {
    for (const zones of this.#zonesByHash.values()) yield* zones
  }

  /** Applies all changes as one generation. Throws `ZoneChangeError` before anything is written. */
  apply(changes: readonly ZoneChange[], generation: number): void {
    this.#checkGeneration(generation)
    for (const change of changes) checkChange(change)
    for (const change of changes) this.#write(change)
    this.#generation = generation
  }

  #write(change: ZoneChange): void {
    if (change.drop === true) this.#drop(change.apex)
    if (change.drop === true && (change.put?.length ?? 0) === 0) return
    const zone = this.zone(change.apex) ?? this.#create(change.apex)
    const { clear = [], remove = [], put = [] } = change
    zone.signing?.begin(clear, [...remove, ...put])
    const kept = clear.length === 0 ? undefined : new RrsetNames(put)
    for (const name of clear) zone.clear(name, kept)
    for (const { owner, type } of remove) zone.remove(owner, type)
    for (const rrset of put) zone.put(rrset)
    zone.signing?.end()
  }

  /** Puts a zone that was made elsewhere, with memory of its own, in the place of the one with its apex, as one generation. */
  replace(zone: MemoryZone, generation: number): void {
    this.#checkGeneration(generation)
    this.#drop(zone.apex)
    this.#adopt(zone)
    this.#generation = generation
  }

  #checkGeneration(generation: number): void {
    if (!Number.isSafeInteger(generation) || generation <= this.#generation) {
      throw new ZoneChangeError('generation', `generation ${generation} does not follow ${this.#generation}`)
    }
  }

  #create(apex: Uint8Array): MemoryZone {
    const zone = new MemoryZone(apex.slice(), this.#arena, this.#hash)
    this.#created.add(zone)
    this.#adopt(zone)
    return zone
  }

  #adopt(zone: MemoryZone): void {
    const { apex } = zone
    const hash = this.#hash.hash(apex, 0, apex.length)
    this.#zonesByHash.set(hash, [...(this.#zonesByHash.get(hash) ?? []), zone])
    this.#mostApexLabels = Math.max(this.#mostApexLabels, countLabels(apex))
  }

  #drop(apex: Uint8Array): void {
    const zone = this.zone(apex)
    if (zone === undefined) return
    // A zone with memory of its own may be on its way to a secondary still, and that memory goes with it.
    if (this.#created.delete(zone)) zone.clear(apex)
    const hash = this.#hash.hash(apex, 0, apex.length)
    const others = (this.#zonesByHash.get(hash) ?? []).filter((other) => other !== zone)
    if (others.length === 0) this.#zonesByHash.delete(hash)
    else this.#zonesByHash.set(hash, others)
  }

  #zoneAt(bytes: Uint8Array, start: number, end: number): MemoryZone | undefined {
    const candidates = this.#zonesByHash.get(this.#hash.hash(bytes, start, end))
    return candidates?.find(
      ({ apex }) => apex.length === end - start && apex.every((byte, index) => byte === bytes[start + index]),
    )
  }
}

function checkChange(change: ZoneChange): void {
  const { apex } = change
  if (!isCanonicalName(apex)) throw new ZoneChangeError('apex', 'apex is not a lower-case wire name')
  const owners = [...(change.clear ?? []), ...(change.remove ?? []).map((removal) => removal.owner)]
  for (const owner of owners) checkOwner(owner, apex)
  for (const rrset of change.put ?? []) checkRrset(rrset, apex)
}

function checkOwner(owner: Uint8Array, apex: Uint8Array): void {
  if (!isCanonicalName(owner)) throw new ZoneChangeError('owner', 'an owner is not a lower-case wire name')
  if (!isAtOrBelow(owner, apex))
    throw new ZoneChangeError('owner', `${formatName(owner)} is not in ${formatName(apex)}`)
}

function checkRrset(rrset: Rrset, apex: Uint8Array): void {
  checkOwner(rrset.owner, apex)
  const where = `${formatName(rrset.owner)} type ${rrset.type}`
  if (!Number.isInteger(rrset.type) || rrset.type > 65_535 || rrset.type < 0 || isMetaType(rrset.type)) {
    throw new ZoneChangeError('type', `${where} is not a type of data`)
  }
  // Signatures are kept with what they cover, record by record (`MemoryZone.add`).
  if (rrset.type === RecordType.RRSIG) throw new ZoneChangeError('type', `${where} is no RRset`)
  if (!Number.isInteger(rrset.ttl) || rrset.ttl < 0 || rrset.ttl > MAX_TTL_SECONDS) {
    throw new ZoneChangeError('ttl', `${where} has the TTL ${rrset.ttl}`)
  }
  if (rrset.rdatas.length === 0) throw new ZoneChangeError('rdata', `${where} has no record`)
  for (const rdata of rrset.rdatas) {
    const code = checkRdata(rrset.type, rdata)
    // Zone files may hold types that have no layout here; those are bytes that `answer` does not look into.
    if (code !== undefined && code !== 'type-refused') throw new ZoneChangeError('rdata', `${where}: ${code}`)
  }
  if (messageBytes(rrset) > MAX_RRSET_BYTES)
    throw new ZoneChangeError('rrset-too-large', `${where} does not fit a message`)
}

function isCanonicalName(name: Uint8Array): boolean {
  return isName(name) && isLowerCaseName(name)
}
