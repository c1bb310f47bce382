import { MAX_DIFFERENCE_BYTES, type ZoneDifference } from '../journal/zone-difference.ts'
import { ZoneJournal } from '../journal/zone-journal.ts'
import type { MemoryZone, ZoneWatcher } from '../store/memory-zone.ts'
import { nameText } from './name-text.ts'
import { ownerRecords, recordsOnlyIn } from './owner-records.ts'
import { ZoneVersion } from './zone-version.ts'

/** A zone that changes with each block has many versions; they are small, and together no greater than the zone. */
const MAX_DIFFERENCES = 1_000
const NOTHING = new Uint8Array()

/** What an owner has in the version that is being made, and how that differs from the last one. All packed. */
interface NextOwner {
  readonly records: Uint8Array
  readonly removed: Uint8Array
  readonly added: Uint8Array
}

/**
 * Makes versions of a zone that changes in place while it is served and signed, for secondaries. A version is all that the zone has under
 * one serial. What its owners have is prepared a little at a time; an owner that changes meanwhile is prepared again, and when none is
 * left the version takes the place of the last one, at once.
 */
export class FollowedZone implements ZoneWatcher {
  readonly #journal = new ZoneJournal(MAX_DIFFERENCES)
  #zone: MemoryZone
  /** What each owner has in the last version, by the owner's name as text of bytes. */
  readonly #owners = new Map<string, Uint8Array>()
  #bytes = 0
  /** SOA of the last version. */
  #soa: Uint8Array | undefined
  #shown: ZoneVersion | undefined
  #isWithdrawn = false
  /** Owners that are not as they were when they were prepared last. */
  readonly #changed = new Set<string>()
  /** Any owner may be. */
  #mustScan = true
  readonly #next = new Map<string, NextOwner>()

  constructor(zone: MemoryZone) {
    this.#zone = zone
    zone.watch(this)
  }

  get zone(): MemoryZone {
    return this.#zone
  }

  /** Goes on with another object in the place of the zone, as after a jump to another state; the last version stays until then. */
  follow(zone: MemoryZone): void {
    this.#zone.watch(undefined)
    this.#zone = zone
    zone.watch(this)
    this.#mustScan = true
  }

  /** Nothing is given away until there is a newer version. */
  withdraw(): void {
    this.#isWithdrawn = true
  }

  /** The last one; undefined before the first. */
  get version(): ZoneVersion | undefined {
    if (this.#soa === undefined || this.#isWithdrawn) return undefined
    this.#shown ??= new ZoneVersion(this.#zone.apex, this.#soa, [...this.#owners.values()])
    return this.#shown
  }

  /** What leads from the version with this serial to the last one. */
  differences(serial: number): readonly ZoneDifference[] | undefined {
    return this.#journal.since(serial)
  }

  changed(name: Uint8Array): void {
    this.#changed.add(nameText(name))
  }

  changedAll(): void {
    this.#mustScan = true
  }

  /**
   * Works on a version of what the zone is under its newest serial, until there is nothing to do. Yields after each owner; the zone may
   * change meanwhile. Returns the SOA of the version that it came to, if it is a new one.
   */
  *advance(): Generator<void, Uint8Array | undefined> {
    while (this.#isBehind()) {
      if (this.#mustScan) this.#scan()
      // Whatever changes meanwhile comes at the end of the set, and is met before the loop is over.
      for (const key of this.#changed) {
        this.#prepare(key)
        this.#changed.delete(key)
        yield
        if (this.#mustScan || !this.#isBehind()) break
      }
      if (!this.#mustScan && this.#changed.size === 0 && this.#isBehind()) return this.#publish()
    }
    return undefined
  }

  /** True when the zone can be given away and is not as in the last version. New signatures alone make no version. */
  #isBehind(): boolean {
    const { soa, isServable } = this.#zone
    if (soa === undefined || !isServable) return false
    return this.#isWithdrawn || this.#soa === undefined || Buffer.compare(soa, this.#soa) !== 0
  }

  #scan(): void {
    this.#mustScan = false
    for (const key of this.#owners.keys()) this.#changed.add(key)
    const zone = this.#zone
    for (const owner of zone.owners()) this.#changed.add(nameText(zone.name(owner)))
  }

  #prepare(key: string): void {
    const records = ownerRecords(this.#zone, Buffer.from(key, 'latin1'))
    const before = this.#owners.get(key) ?? NOTHING
    // Nobody has seen the first version yet.
    if (this.#soa === undefined) this.#set(key, records)
    else if (Buffer.compare(before, records) === 0) this.#next.delete(key)
    else {
      const [removed, added] = [recordsOnlyIn(before, records), recordsOnlyIn(records, before)]
      this.#next.set(key, { records, removed, added })
    }
  }

  #publish(): Uint8Array {
    const soa = (this.#zone.soa as Uint8Array).slice()
    const changes = [...this.#next.values()]
    for (const [key, { records }] of this.#next) this.#set(key, records)
    this.#next.clear()
    this.#journal.add(this.#soa && this.#difference(this.#soa, soa, changes))
    this.#soa = soa
    this.#shown = undefined
    this.#isWithdrawn = false
    return soa
  }

  #set(key: string, records: Uint8Array): void {
    this.#bytes += records.length - (this.#owners.get(key)?.length ?? 0)
    if (records.length === 0) this.#owners.delete(key)
    else this.#owners.set(key, records)
  }

  #difference(fromSoa: Uint8Array, toSoa: Uint8Array, changes: readonly NextOwner[]): ZoneDifference | undefined {
    const bytes = changes.reduce((sum, { removed, added }) => sum + removed.length + added.length, 0)
    if (bytes > MAX_DIFFERENCE_BYTES) return undefined
    const removed = Uint8Array.from(Buffer.concat(changes.map((change) => change.removed)))
    const added = Uint8Array.from(Buffer.concat(changes.map((change) => change.added)))
    return { fromSoa, toSoa, removed, added, zoneBytes: this.#bytes }
  }
}
