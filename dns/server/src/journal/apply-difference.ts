import { nameEnd, RecordType, readUint16, readUint32, writeUint16 } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, recordEnd } from '../records.ts'
import type { MemoryZone, ZoneEntry } from '../store/memory-zone.ts'
import { packedEntries } from './packed-entries.ts'
import type { ZoneDifference } from './zone-difference.ts'

const TTL_OFFSET = 4
const NO_BYTES = new Uint8Array()

/** A difference that does not lead on from the zone. The zone is in no good state then. */
export class DifferenceMismatch extends Error {}

interface Changes {
  readonly removed: Uint8Array[]
  readonly added: Uint8Array[]
}

/** An RRset and the signatures over it: whoever puts one in the place of another takes these away. */
interface ChangedSet {
  readonly name: Uint8Array
  readonly type: number
  readonly data: Changes
  readonly signatures: Changes
}

/** Makes the next version of a zone in its place. Throws `DifferenceMismatch`. */
export function applyDifference(zone: MemoryZone, { fromSoa, toSoa, removed, added }: ZoneDifference): void {
  const present = zone.rrset(zone.apexOwner, RecordType.SOA)
  if (present === undefined || Buffer.compare(present, fromSoa) !== 0)
    throw new DifferenceMismatch('a difference begins with another version')
  const sets = new Map<string, ChangedSet>()
  for (const entry of packedEntries(removed)) changesOf(sets, entry).removed.push(...recordsOf(entry.records))
  for (const entry of packedEntries(added)) changesOf(sets, entry).added.push(...recordsOf(entry.records))
  const soa = changesOf(sets, { name: zone.apex, type: RecordType.SOA, records: toSoa })
  soa.removed.push(fromSoa)
  soa.added.push(toSoa)
  for (const set of sets.values()) change(zone, set)
}

function change(zone: MemoryZone, { name, type, data, signatures }: ChangedSet): void {
  const records = afterChange(zone.recordsAt({ name, type, records: NO_BYTES }), data)
  const covering = { name, type: RecordType.RRSIG, records: coveringHead(type) }
  const rrsigs = afterChange(zone.recordsAt(covering), signatures)
  zone.remove(name, type)
  putRecords(zone, name, type, records)
  for (const record of rrsigs)
    zone.add(name, RecordType.RRSIG, readUint32(record, TTL_OFFSET), record.subarray(RECORD_FIXED_BYTES))
}

/** Puts an RRset, or nothing, where there is none. */
function putRecords(zone: MemoryZone, owner: Uint8Array, type: number, records: readonly Uint8Array[]): void {
  const [first] = records
  if (first === undefined) return
  const rdatas = records.map((record) => record.subarray(RECORD_FIXED_BYTES))
  zone.put({ owner, type, ttl: readUint32(first, TTL_OFFSET), rdatas })
}

/** The records that are there when some went and others came. */
function afterChange(present: Uint8Array | undefined, { removed, added }: Changes): Uint8Array[] {
  const left = recordsOf(present ?? NO_BYTES)
  for (const record of removed) {
    const index = left.findIndex((other) => Buffer.compare(other, record) === 0)
    if (index < 0) throw new DifferenceMismatch('a difference removes what is not there')
    left.splice(index, 1)
  }
  for (const record of added)
    if (left.some((other) => Buffer.compare(other, record) === 0))
      throw new DifferenceMismatch('a difference adds what is there')
  return [...left, ...added]
}

function changesOf(sets: Map<string, ChangedSet>, { name, type, records }: ZoneEntry): Changes {
  const isSignature = type === RecordType.RRSIG
  const of = isSignature ? readUint16(records, RECORD_FIXED_BYTES) : type
  const key = `${of} ${String.fromCharCode(...name)}`
  const set = sets.get(key) ?? {
    name: name.slice(),
    type: of,
    data: { removed: [], added: [] },
    signatures: { removed: [], added: [] },
  }
  sets.set(key, set)
  return isSignature ? set.signatures : set.data
}

/** As much of an RRSIG record as tells which type it covers. */
function coveringHead(type: number): Uint8Array {
  const head = new Uint8Array(RECORD_FIXED_BYTES + 2)
  writeUint16(head, RECORD_FIXED_BYTES, type)
  return head
}

function recordsOf(records: Uint8Array): Uint8Array[] {
  const found: Uint8Array[] = []
  for (let start = 0; start < records.length; start = recordEnd(records, start))
    found.push(records.slice(start, recordEnd(records, start)))
  return found
}

/** True when the bytes are entries as `packedEntries` takes them: of what comes from a disk nothing is believed. */
export function arePackedEntries(bytes: Uint8Array): boolean {
  for (let start = 0; start < bytes.length; ) {
    const nameStop = nameEnd(bytes, start)
    if (nameStop < 0 || nameStop + 4 > bytes.length) return false
    const recordsStart = nameStop + 4
    const end = recordsStart + readUint32(bytes, nameStop)
    if (end > bytes.length || end === recordsStart) return false
    if (!areRecords(bytes.subarray(recordsStart, end))) return false
    start = end
  }
  return true
}

/** True for one or more whole records in the form of `records.ts`, an RRSIG with the type that it covers. */
export function areRecords(bytes: Uint8Array): boolean {
  let at = 0
  while (at < bytes.length) {
    if (at + RECORD_FIXED_BYTES > bytes.length) return false
    const end = recordEnd(bytes, at)
    if (end > bytes.length) return false
    if (readUint16(bytes, at) === RecordType.RRSIG && end - at < RECORD_FIXED_BYTES + 2) return false
    at = end
  }
  return at > 0
}
