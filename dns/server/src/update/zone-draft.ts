import type { Rrset } from '@cresset/dns-wire'
import { rdatasOf, ttlOf } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { nameText } from '../versions/name-text.ts'
import { NO_OWNER } from '../zone-source.ts'
import { isMadeBySigning, rdataKey } from './record-rules.ts'

/** What becomes of one RRset. */
export interface RrsetChange {
  readonly owner: Uint8Array
  readonly type: number
  /** Undefined: it goes. */
  readonly rrset: Rrset | undefined
}

/** An RRset that is being changed: an update may have thousands of records, each to be compared with those that are there. */
interface DraftedSet {
  ttl: number
  /** By `rdataKey`. Empty: there is none. */
  readonly rdatas: Map<string, Uint8Array>
}

interface DraftedName {
  readonly owner: Uint8Array
  readonly sets: Map<number, DraftedSet>
}

/** A zone with changes that nobody sees yet. Of what signing put there it knows nothing. */
export class ZoneDraft {
  readonly zone: MemoryZone
  readonly #names = new Map<string, DraftedName>()

  constructor(zone: MemoryZone) {
    this.zone = zone
  }

  /** Types present at the name. */
  types(owner: Uint8Array): Set<number> {
    const { zone } = this
    const found = zone.find(owner, 0)
    const types = new Set(found === NO_OWNER ? [] : zone.types(found).filter((type) => !isMadeBySigning(type)))
    for (const [type, { rdatas }] of this.#names.get(nameText(owner))?.sets ?? [])
      if (rdatas.size === 0) types.delete(type)
      else types.add(type)
    return types
  }

  /** Whether there are records of another type. An update may ask this of one name thousands of times. */
  hasOtherThan(owner: Uint8Array, type: number): boolean {
    const sets = this.#names.get(nameText(owner))?.sets
    for (const [drafted, { rdatas }] of sets ?? []) if (drafted !== type && rdatas.size > 0) return true
    const { zone } = this
    const found = zone.find(owner, 0)
    const present = found === NO_OWNER ? [] : zone.types(found)
    return present.some((other) => other !== type && sets?.has(other) !== true && !isMadeBySigning(other))
  }

  /** RDATA of the first record of an RRset. */
  first(owner: Uint8Array, type: number): Uint8Array | undefined {
    const drafted = this.#names.get(nameText(owner))?.sets.get(type)
    const set = drafted ?? this.#present(owner, type)
    return set?.rdatas.values().next().value
  }

  /** Records of an RRset. */
  count(owner: Uint8Array, type: number): number {
    return (this.#names.get(nameText(owner))?.sets.get(type) ?? this.#present(owner, type))?.rdatas.size ?? 0
  }

  /** Adds a record that is not there, or with `isSingle` puts it in the place of what is there. All of the RRset get its TTL (RFC 2181 section 5.2). */
  add(owner: Uint8Array, type: number, ttl: number, rdata: Uint8Array, isSingle: boolean): void {
    const set = this.#drafted(owner, type)
    const key = rdataKey(type, rdata)
    if (isSingle && !set.rdatas.has(key)) set.rdatas.clear()
    if (!set.rdatas.has(key)) set.rdatas.set(key, rdata)
    set.ttl = ttl
  }

  remove(owner: Uint8Array, type: number): void {
    this.#drafted(owner, type).rdatas.clear()
  }

  removeRecord(owner: Uint8Array, type: number, rdata: Uint8Array): void {
    this.#drafted(owner, type).rdatas.delete(rdataKey(type, rdata))
  }

  /** RRsets that are others than in the zone; what came and went again is none. */
  changes(): RrsetChange[] {
    const changes: RrsetChange[] = []
    for (const { owner, sets } of this.#names.values()) {
      for (const [type, set] of sets) {
        if (isSameSet(this.#present(owner, type), set)) continue
        const { ttl, rdatas } = set
        changes.push({
          owner,
          type,
          rrset: rdatas.size === 0 ? undefined : { owner, type, ttl, rdatas: [...rdatas.values()] },
        })
      }
    }
    return changes
  }

  #drafted(owner: Uint8Array, type: number): DraftedSet {
    const text = nameText(owner)
    const name = this.#names.get(text) ?? { owner, sets: new Map<number, DraftedSet>() }
    this.#names.set(text, name)
    const set = name.sets.get(type) ?? this.#present(owner, type) ?? { ttl: 0, rdatas: new Map<string, Uint8Array>() }
    name.sets.set(type, set)
    return set
  }

  #present(owner: Uint8Array, type: number): DraftedSet | undefined {
    const { zone } = this
    const found = zone.find(owner, 0)
    const records = found === NO_OWNER ? undefined : zone.rrset(found, type)
    if (records === undefined) return undefined
    const rdatas = rdatasOf(records).map((rdata): [string, Uint8Array] => [rdataKey(type, rdata), rdata.slice()])
    return { ttl: ttlOf(records), rdatas: new Map(rdatas) }
  }
}

function isSameSet(present: DraftedSet | undefined, { ttl, rdatas }: DraftedSet): boolean {
  if (present === undefined) return rdatas.size === 0
  if (present.rdatas.size !== rdatas.size) return false
  return rdatas.size === 0 || (present.ttl === ttl && [...rdatas.keys()].every((key) => present.rdatas.has(key)))
}
