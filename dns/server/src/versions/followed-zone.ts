import { MAX_DIFFERENCE_BYTES, type ZoneDifference } from '../journal/zone-difference.ts'
import { ZoneJournal } from '../journal/zone-journal.ts'
import { soaSerial } from '../records.ts'
import { isSerialAfter } from '../serial.ts'
import type { MemoryZone, ZoneWatcher } from '../store/memory-zone.ts'
import { nameText } from './name-text.ts'
import { ownerRecords, recordsOnlyIn } from './owner-records.ts'
import { OwnerVersions } from './owner-versions.ts'
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
  readonly #owners = new OwnerVersions()
  #last: ZoneVersion | undefined
  #isSigned = false
  /** Versions up to this serial were given away, and then again with other records under the same serials. */
  #doubtfulSerial: number | undefined
  #isWithdrawn = false
  #withdrawals = 0
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
    this.#withdrawals += 1
  }

  /** The last one; undefined before the first. */
  get version(): ZoneVersion | undefined {
    return this.#isWithdrawn ? undefined : this.#last
  }

  /** Whether the last version has signatures, which each server of the zone makes for itself. */
  get isSigned(): boolean {
    return this.#isSigned
  }

  /** What leads from the version with this serial to the last one. */
  differences(serial: number): readonly ZoneDifference[] | undefined {
    const isDoubtful = this.#doubtfulSerial !== undefined && !isSerialAfter(serial, this.#doubtfulSerial)
    return isDoubtful ? undefined : this.#journal.since(serial)
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
      if (this.#mustScan) yield* this.#scan()
      // Whatever changes meanwhile comes at the end of the set, and is met before the loop is over.
      for (const key of this.#changed) {
        this.#prepare(key)
        this.#changed.delete(key)
        yield
        if (this.#mustScan || !this.#isBehind()) break
      }
      if (this.#mustScan || this.#changed.size > 0 || !this.#isBehind()) continue
      const soa = yield* this.#publish()
      if (!this.#isWithdrawn) return soa
    }
    return undefined
  }

  /** True when the zone can be given away and is not as in the last version. New signatures alone make no version. */
  #isBehind(): boolean {
    const { soa, isServable } = this.#zone
    if (soa === undefined || !isServable) return false
    return this.#isWithdrawn || this.#last === undefined || Buffer.compare(soa, this.#last.soa) !== 0
  }

  *#scan(): Generator<void> {
    this.#mustScan = false
    for (const key of this.#owners.keys()) {
      this.#changed.add(key)
      yield
    }
    const zone = this.#zone
    for (const owner of zone.ownersInAnyOrder()) {
      // Another zone, perhaps.
      if (this.#mustScan) return
      this.#changed.add(nameText(zone.name(owner)))
      yield
    }
  }

  #prepare(key: string): void {
    const records = ownerRecords(this.#zone, Buffer.from(key, 'latin1'))
    const before = this.#owners.get(key) ?? NOTHING
    // Nobody has seen the first version yet.
    if (this.#last === undefined) this.#owners.set(key, records)
    else if (Buffer.compare(before, records) === 0) this.#next.delete(key)
    else {
      const [removed, added] = [recordsOnlyIn(before, records), recordsOnlyIn(records, before)]
      this.#next.set(key, { records, removed, added })
    }
  }

  /** The last version is what it was until this is over; what changes meanwhile is for the one behind the next. */
  *#publish(): Generator<void, Uint8Array> {
    const { zone } = this
    const last = this.#last
    const soa = (zone.soa as Uint8Array).slice()
    const isSigned = zone.signing !== undefined
    const withdrawals = this.#withdrawals
    const content = yield* joined(this.#next)
    for (const [key, { records }] of this.#next) {
      this.#owners.set(key, records)
      yield
    }
    this.#next.clear()
    // Signed, it is another zone at each of its servers, and unsigned the same one: no difference leads from all of those to this one.
    const isOwn = isSigned || !this.#isSigned
    const isKept = last !== undefined && content !== undefined && isOwn
    this.#journal.add(isKept ? { fromSoa: last.soa, toSoa: soa, ...content, zoneBytes: this.#owners.bytes } : undefined)
    if (last !== undefined) this.#doubtUpTo(soaSerial(last.soa), soaSerial(soa))
    this.#last = new ZoneVersion(zone.apex, soa, this.#owners.version())
    this.#isSigned = isSigned
    if (withdrawals === this.#withdrawals) this.#isWithdrawn = false
    return soa
  }

  /** A secondary may have a version under a serial that is given again: nobody knows what differs from what it has. */
  #doubtUpTo(lastSerial: number, serial: number): void {
    if (isSerialAfter(serial, lastSerial)) return
    const isLess = this.#doubtfulSerial !== undefined && !isSerialAfter(lastSerial, this.#doubtfulSerial)
    if (!isLess) this.#doubtfulSerial = lastSerial
  }
}

/** What goes and what comes, one owner after the other. Undefined when it is too much to be kept. */
function* joined(
  owners: ReadonlyMap<string, NextOwner>,
): Generator<void, Pick<ZoneDifference, 'removed' | 'added'> | undefined> {
  let [removedBytes, addedBytes] = [0, 0]
  for (const { removed, added } of owners.values()) {
    removedBytes += removed.length
    addedBytes += added.length
    yield
  }
  if (removedBytes + addedBytes > MAX_DIFFERENCE_BYTES) return undefined
  const content = { removed: new Uint8Array(removedBytes), added: new Uint8Array(addedBytes) }
  let [removedEnd, addedEnd] = [0, 0]
  for (const { removed, added } of owners.values()) {
    content.removed.set(removed, removedEnd)
    content.added.set(added, addedEnd)
    removedEnd += removed.length
    addedEnd += added.length
    yield
  }
  return content
}
