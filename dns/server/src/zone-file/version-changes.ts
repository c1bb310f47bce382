import { RecordType, type Rrset } from '@cresset/dns-wire'
import { rdatasOf, setSoaSerial, soaSerial } from '../records.ts'
import { nextSerial } from '../serial.ts'
import { type MemoryZone, RrsetNames } from '../store/memory-zone.ts'
import type { RrsetChange } from '../update/zone-draft.ts'

/** A zone from a file that is signed, or has begun to be: who has not its keys cannot sign what changes. */
export function isSignedElsewhere(zone: MemoryZone): boolean {
  return [RecordType.DNSKEY, RecordType.NSEC, RecordType.NSEC3PARAM].some(
    (type) => zone.rrset(zone.apexOwner, type) !== undefined,
  )
}

/** Gives a zone the next serial. */
export function raiseSerial(zone: MemoryZone): number {
  const [soa] = zone.rrsetsAt(zone.apexOwner).filter(({ type }) => type === RecordType.SOA) as [Rrset]
  const rdata = soa.rdatas[0] as Uint8Array
  const serial = nextSerial(soaSerial(rdata))
  setSoaSerial(rdata, serial)
  zone.put(soa)
  return serial
}

/** Records that a zone has more with these changes than without. */
export function recordsGained(zone: MemoryZone, changes: readonly RrsetChange[]): number {
  let gained = 0
  for (const { owner, type, rrset } of changes) {
    const found = zone.find(owner, 0)
    const before = found < 0 ? undefined : zone.rrset(found, type)
    gained += (rrset?.rdatas.length ?? 0) - (before === undefined ? 0 : rdatasOf(before).length)
  }
  return gained
}

/** Whether one of the RRsets would be another one, or gone. */
export function changesSome(rrsets: readonly Rrset[], changes: readonly RrsetChange[]): boolean {
  const names = new RrsetNames(rrsets)
  return rrsets.length > 0 && changes.some(({ owner, type }) => names.typesOf(owner)?.has(type) === true)
}
