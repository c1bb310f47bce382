import { equalNames, RecordType } from '@cresset/dns-wire'
import type { MemoryZone, ZoneEntry } from '../store/memory-zone.ts'
import { NO_OWNER } from '../zone-source.ts'
import { EntryPacker, packedBytes } from './packed-entries.ts'
import { recordTexts, unknownRecords } from './record-texts.ts'

/** What turns one version of a zone into the next, record by record (RFC 1995 section 4). */
export interface ZoneDifference {
  /** The SOA record of either version. */
  readonly fromSoa: Uint8Array
  readonly toSoa: Uint8Array
  /** `packedEntries` of the records that go and of those that come, without the SOA. A record whose TTL changes is in both. */
  readonly removed: Uint8Array
  readonly added: Uint8Array
  /** Of the later version as a whole, counted like those two. */
  readonly zoneBytes: number
}

/** A greater difference is not worth its memory, however great the zone is. */
export const MAX_DIFFERENCE_BYTES = 32 * 2 ** 20

/** Bytes that a difference takes. */
export function differenceBytes({ fromSoa, toSoa, removed, added }: ZoneDifference): number {
  return fromSoa.length + toSoa.length + removed.length + added.length
}

/**
 * Compares two versions, neither of which changes meanwhile. Yields after each RRset, so that the caller can give the processor back in
 * between; returns undefined for what is no zone, and when the difference is too great.
 */
export function* differenceOf(before: MemoryZone, after: MemoryZone): Generator<void, ZoneDifference | undefined> {
  const fromSoa = soaOf(before)
  const toSoa = soaOf(after)
  if (fromSoa === undefined || toSoa === undefined || !equalNames(before.apex, after.apex)) return undefined
  const removed = new EntryPacker()
  const added = new EntryPacker()
  let zoneBytes = 0
  for (const entry of before.entries()) {
    yield
    addMissing(removed, entry, after)
    if (removed.length > MAX_DIFFERENCE_BYTES) return undefined
  }
  for (const entry of after.entries()) {
    yield
    zoneBytes += packedBytes(entry.name, entry.records)
    addMissing(added, entry, before)
    if (removed.length + added.length > MAX_DIFFERENCE_BYTES) return undefined
  }
  return { fromSoa, toSoa, removed: removed.finish(), added: added.finish(), zoneBytes }
}

/**
 * The same for versions that differ at these names alone, each given once, and in no NSEC3 record. `zoneBytes` is that of the earlier
 * version. Undefined when the difference is too great.
 */
export function* differenceAt(
  before: MemoryZone,
  after: MemoryZone,
  names: readonly Uint8Array[],
  zoneBytes: number,
): Generator<void, ZoneDifference | undefined> {
  const [fromSoa, toSoa] = [soaOf(before), soaOf(after)]
  if (fromSoa === undefined || toSoa === undefined) return undefined
  const removed = new EntryPacker()
  const added = new EntryPacker()
  // Whole RRsets: an owner's name counts once for each of them, however many of its records come or go.
  let bytes = zoneBytes
  for (const name of names) {
    yield
    for (const entry of entriesAt(before, name)) {
      bytes -= packedBytes(entry.name, entry.records)
      addMissing(removed, entry, after)
    }
    for (const entry of entriesAt(after, name)) {
      bytes += packedBytes(entry.name, entry.records)
      addMissing(added, entry, before)
    }
    if (removed.length + added.length > MAX_DIFFERENCE_BYTES) return undefined
  }
  return { fromSoa, toSoa, removed: removed.finish(), added: added.finish(), zoneBytes: bytes }
}

/** RRsets of one name, and the signatures over each. */
function* entriesAt(zone: MemoryZone, name: Uint8Array): Generator<ZoneEntry> {
  const owner = zone.find(name, 0)
  if (owner === NO_OWNER) return
  for (const type of zone.types(owner)) {
    const records = zone.rrset(owner, type)
    if (records !== undefined) yield { name, type, records }
    const signatures = zone.signatures(owner, type)
    if (signatures !== undefined) yield { name, type: RecordType.RRSIG, records: signatures }
  }
}

/** Bytes of a zone, counted as `ZoneDifference` has them. */
export function* bytesOfZone(zone: MemoryZone): Generator<void, number> {
  let bytes = 0
  for (const { name, records } of zone.entries()) {
    bytes += packedBytes(name, records)
    yield
  }
  return bytes
}

function soaOf(zone: MemoryZone): Uint8Array | undefined {
  return zone.rrset(zone.apexOwner, RecordType.SOA)?.slice()
}

/** Adds those records of an entry that the other version does not have. */
function addMissing(packer: EntryPacker, entry: ZoneEntry, other: MemoryZone): void {
  if (entry.type === RecordType.SOA) return
  const { name, records } = entry
  const present = other.recordsAt(entry)
  if (present === undefined) packer.add(name, records)
  else if (Buffer.compare(present, records) !== 0) {
    const missing = unknownRecords(records, new Set(recordTexts(present).map(({ text }) => text)))
    if (missing.length > 0) packer.add(name, missing)
  }
}
