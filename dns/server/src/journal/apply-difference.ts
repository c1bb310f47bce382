import { RecordType, type Rrset, readUint16, readUint32, writeUint16 } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES } from '../records.ts'
import { MAX_RRSET_BYTES, type MemoryZone, messageBytes, type ZoneEntry } from '../store/memory-zone.ts'
import { nameText } from '../versions/name-text.ts'
import { packedEntries } from './packed-entries.ts'
import { type RecordText, recordTexts } from './record-texts.ts'
import type { ZoneDifference } from './zone-difference.ts'

const TTL_OFFSET = 4
const NO_BYTES = new Uint8Array()

/** A difference that does not lead on from the zone. The zone is in no good state then. */
export class DifferenceMismatch extends Error {}

interface Changes {
  readonly removed: RecordText[]
  readonly added: RecordText[]
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
  for (const entry of packedEntries(removed)) changesOf(sets, entry).removed.push(...recordTexts(entry.records))
  for (const entry of packedEntries(added)) changesOf(sets, entry).added.push(...recordTexts(entry.records))
  const soa = changesOf(sets, { name: zone.apex, type: RecordType.SOA, records: toSoa })
  soa.removed.push(...recordTexts(fromSoa))
  soa.added.push(...recordTexts(toSoa))
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
  const rrset: Rrset = { owner, type, ttl: readUint32(first, TTL_OFFSET), rdatas }
  if (messageBytes(rrset) > MAX_RRSET_BYTES)
    throw new DifferenceMismatch('a difference makes an RRset that fits nothing')
  zone.put(rrset)
}

/** The records that are there when some went and others came. */
function afterChange(present: Uint8Array | undefined, { removed, added }: Changes): Uint8Array[] {
  const left = new Map<string, Uint8Array>()
  for (const { record, text } of recordTexts(present ?? NO_BYTES)) left.set(text, record.slice())
  for (const { text } of removed)
    if (!left.delete(text)) throw new DifferenceMismatch('a difference removes what is not there')
  for (const { record, text } of added) {
    if (left.has(text)) throw new DifferenceMismatch('a difference adds what is there')
    left.set(text, record)
  }
  return [...left.values()]
}

function changesOf(sets: Map<string, ChangedSet>, { name, type, records }: ZoneEntry): Changes {
  const isSignature = type === RecordType.RRSIG
  const of = isSignature ? readUint16(records, RECORD_FIXED_BYTES) : type
  const key = `${of} ${nameText(name)}`
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
