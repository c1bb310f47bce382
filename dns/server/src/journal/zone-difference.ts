import { equalNames, RecordType } from '@cresset/dns-wire'
import { recordEnd } from '../records.ts'
import type { MemoryZone, ZoneEntry } from '../store/memory-zone.ts'
import { EntryPacker, packedBytes } from './packed-entries.ts'

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
const MAX_DIFFERENCE_BYTES = 32 * 2 ** 20

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
    const missing = without(records, present)
    if (missing.length > 0) packer.add(name, missing)
  }
}

/** The records that are not among the others; a record is the same with the same TTL alone. */
function without(records: Uint8Array, others: Uint8Array): Uint8Array {
  const known = new Set(recordTexts(others).map(({ text }) => text))
  return Buffer.concat(
    recordTexts(records)
      .filter(({ text }) => !known.has(text))
      .map(({ record }) => record),
  )
}

function recordTexts(records: Uint8Array): { record: Uint8Array; text: string }[] {
  const found: { record: Uint8Array; text: string }[] = []
  for (let start = 0; start < records.length; start = recordEnd(records, start)) {
    const record = records.subarray(start, recordEnd(records, start))
    found.push({ record, text: Buffer.from(record.buffer, record.byteOffset, record.length).toString('latin1') })
  }
  return found
}
