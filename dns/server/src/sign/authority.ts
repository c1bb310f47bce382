import { RecordType } from '@cresset/dns-wire'
import type { MemoryZone } from '../store/memory-zone.ts'
import { NO_OWNER, type Owner, type Zone } from '../zone-source.ts'

export function isCut(zone: Zone, owner: Owner): boolean {
  return owner !== zone.apexOwner && zone.rrset(owner, RecordType.NS) !== undefined
}

/** True below a cut, where another zone speaks. */
export function isHidden(zone: MemoryZone, owner: Owner): boolean {
  for (let above = zone.parent(owner); above !== NO_OWNER; above = zone.parent(above))
    if (isCut(zone, above)) return true
  return false
}

/** RFC 4035 section 2.2: at a cut the zone below speaks for all but the DS, and for the NSEC that stands here. */
export function isSigned(zone: MemoryZone, owner: Owner, type: number): boolean {
  return !isCut(zone, owner) || type === RecordType.DS || type === RecordType.NSEC
}

/** Types that the NSEC of an owner lists besides itself and RRSIG. */
export function listedTypes(zone: Zone, owner: Owner): number[] {
  const present = zone.types(owner)
  return isCut(zone, owner)
    ? present.filter((type) => type === RecordType.NS || type === RecordType.DS)
    : present.filter((type) => type !== RecordType.RRSIG && type !== RecordType.NSEC)
}
