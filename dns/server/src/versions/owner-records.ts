import { RecordType } from '@cresset/dns-wire'
import { EntryPacker, packedEntries } from '../journal/packed-entries.ts'
import { recordTexts, unknownRecords } from '../journal/record-texts.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { NO_OWNER } from '../zone-source.ts'

const NOTHING = new Uint8Array()
/** One for all: owners are packed one after the other, and memory for each would cost more than the packing. */
const packer = new EntryPacker()

/** All that a zone has at an owner, packed (`packedEntries`), signatures made where they are missing. Empty when there is nothing. */
export function ownerRecords(zone: MemoryZone, name: Uint8Array): Uint8Array {
  const owner = zone.find(name, 0)
  if (owner === NO_OWNER) return NOTHING
  packer.clear()
  for (const type of zone.types(owner)) {
    const records = type === RecordType.RRSIG ? undefined : zone.rrset(owner, type)
    if (records === undefined) continue
    // Before a signature is made, which may move what this is a view of.
    packer.add(name, records)
    const signatures = zone.signatures(owner, type)
    if (signatures !== undefined) packer.add(name, signatures)
  }
  return packer.finish()
}

/** Those records of an owner that it does not have in the other version, without the SOA; packed. */
export function recordsOnlyIn(version: Uint8Array, other: Uint8Array): Uint8Array {
  if (version.length === 0) return NOTHING
  const known = new Set<string>()
  for (const { records } of packedEntries(other)) for (const { text } of recordTexts(records)) known.add(text)
  packer.clear()
  for (const { name, type, records } of packedEntries(version)) {
    if (type === RecordType.SOA) continue
    const own = unknownRecords(records, known)
    if (own.length > 0) packer.add(name, own)
  }
  return packer.length === 0 ? NOTHING : packer.finish()
}
