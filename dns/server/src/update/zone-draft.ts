import type { Rrset } from '@cresset/dns-wire'
import { encodeRecords, rdatasOf, ttlOf } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { NO_OWNER } from '../zone-source.ts'
import { isMadeBySigning, isSameRdata } from './record-rules.ts'

/** What becomes of one RRset. */
export interface RrsetChange {
  readonly owner: Uint8Array
  readonly type: number
  /** Undefined: it goes. */
  readonly rrset: Rrset | undefined
}

interface DraftedName {
  readonly owner: Uint8Array
  readonly sets: Map<number, Rrset | undefined>
}

/** A zone with changes that nobody sees yet. Of what signing put there it knows nothing. */
export class ZoneDraft {
  readonly zone: MemoryZone
  readonly #names = new Map<string, DraftedName>()

  constructor(zone: MemoryZone) {
    this.zone = zone
  }

  /** Types present at the name. */
  types(owner: Uint8Array): number[] {
    const { zone } = this
    const found = zone.find(owner, 0)
    const types = new Set(found === NO_OWNER ? [] : zone.types(found).filter((type) => !isMadeBySigning(type)))
    for (const [type, rrset] of this.#names.get(keyOf(owner))?.sets ?? [])
      if (rrset === undefined) types.delete(type)
      else types.add(type)
    return [...types].sort((a, b) => a - b)
  }

  rrset(owner: Uint8Array, type: number): Rrset | undefined {
    const drafted = this.#names.get(keyOf(owner))
    return drafted?.sets.has(type) === true ? drafted.sets.get(type) : this.#present(owner, type)
  }

  #present(owner: Uint8Array, type: number): Rrset | undefined {
    const { zone } = this
    const found = zone.find(owner, 0)
    const records = found === NO_OWNER ? undefined : zone.rrset(found, type)
    if (records === undefined) return undefined
    return { owner, type, ttl: ttlOf(records), rdatas: rdatasOf(records).map((rdata) => rdata.slice()) }
  }

  put(rrset: Rrset): void {
    this.#set(rrset.owner, rrset.type, rrset)
  }

  remove(owner: Uint8Array, type: number): void {
    this.#set(owner, type, undefined)
  }

  #set(owner: Uint8Array, type: number, rrset: Rrset | undefined): void {
    const key = keyOf(owner)
    const drafted = this.#names.get(key) ?? { owner, sets: new Map() }
    this.#names.set(key, drafted)
    drafted.sets.set(type, rrset)
  }

  /** Removes one record of an RRset. */
  removeRecord(owner: Uint8Array, type: number, rdata: Uint8Array): void {
    const present = this.rrset(owner, type)
    if (present === undefined) return
    const rdatas = present.rdatas.filter((other) => !isSameRdata(type, other, rdata))
    if (rdatas.length === present.rdatas.length) return
    this.#set(owner, type, rdatas.length === 0 ? undefined : { ...present, rdatas })
  }

  /** RRsets that are others than in the zone; what came and went again is none. */
  changes(): RrsetChange[] {
    const changes: RrsetChange[] = []
    for (const { owner, sets } of this.#names.values())
      for (const [type, rrset] of sets)
        if (!isSameSet(this.#present(owner, type), rrset)) changes.push({ owner, type, rrset })
    return changes
  }
}

function isSameSet(a: Rrset | undefined, b: Rrset | undefined): boolean {
  if (a === undefined || b === undefined) return a === b
  if (a.rdatas.length !== b.rdatas.length || a.ttl !== b.ttl) return false
  const [sortedA, sortedB] = [a, b].map((rrset) => ({ ...rrset, rdatas: [...rrset.rdatas].sort(Buffer.compare) }))
  return Buffer.compare(encodeRecords(sortedA as Rrset), encodeRecords(sortedB as Rrset)) === 0
}

const keyOf = (name: Uint8Array): string => String.fromCharCode(...name)
