import {
  isAtOrBelow,
  isMetaType,
  lowerCaseName,
  Rcode,
  RecordClass,
  RecordType,
  type ResourceRecord,
} from '@cresset/dns-wire'
import { rdatasOf } from '../records.ts'
import { nameText } from '../versions/name-text.ts'
import { NO_OWNER, type Zone } from '../zone-source.ts'
import { isMadeBySigning, keptRdata, rdataKey } from './record-rules.ts'
import { UpdateRcode } from './update-rcode.ts'

interface WantedSet {
  readonly owner: Uint8Array
  readonly type: number
  /** `rdataKey` of each record. */
  readonly keys: Set<string>
}

/** NOERROR when the zone is as the update wants it (RFC 2136 sections 2.4 and 3.2), else the code of the first that is not met. */
export function checkPrerequisites(zone: Zone, records: readonly ResourceRecord[]): number {
  const wanted = new Map<string, WantedSet>()
  for (const record of records) {
    const { type, ttl, rdata } = record
    if (ttl !== 0) return Rcode.FORMERR
    const owner = lowerCaseName(record.name)
    if (!isAtOrBelow(owner, zone.apex)) return UpdateRcode.NOTZONE
    const isAny = type === RecordType.ANY
    if (isMetaType(type) && !(isAny && record.class !== RecordClass.IN)) return Rcode.FORMERR
    switch (record.class) {
      case RecordClass.ANY:
        if (rdata.length !== 0) return Rcode.FORMERR
        if (isAny ? !isInUse(zone, owner) : !hasSet(zone, owner, type))
          return isAny ? Rcode.NXDOMAIN : UpdateRcode.NXRRSET
        break
      case RecordClass.NONE:
        if (rdata.length !== 0) return Rcode.FORMERR
        if (isAny ? isInUse(zone, owner) : hasSet(zone, owner, type))
          return isAny ? Rcode.YXDOMAIN : UpdateRcode.YXRRSET
        break
      case RecordClass.IN: {
        const place = `${type} ${nameText(owner)}`
        const set = wanted.get(place) ?? { owner, type, keys: new Set<string>() }
        wanted.set(place, set)
        // What is not well-formed is in no zone.
        set.keys.add(rdataKey(type, keptRdata(type, rdata) ?? rdata))
        break
      }
      default:
        return Rcode.FORMERR
    }
  }
  return [...wanted.values()].every((set) => isPresent(zone, set)) ? Rcode.NOERROR : UpdateRcode.NXRRSET
}

/** RFC 2136 section 2.4.4: an empty non-terminal is not in use, and what signing put there is nobody's use. */
function isInUse(zone: Zone, owner: Uint8Array): boolean {
  const found = zone.find(owner, 0)
  return found !== NO_OWNER && zone.types(found).some((type) => !isMadeBySigning(type))
}

function hasSet(zone: Zone, owner: Uint8Array, type: number): boolean {
  const found = zone.find(owner, 0)
  return found !== NO_OWNER && zone.types(found).includes(type)
}

/** RFC 2136 section 3.2.3: the same records, in whatever order and with whatever TTL. */
function isPresent(zone: Zone, { owner, type, keys }: WantedSet): boolean {
  const found = zone.find(owner, 0)
  const records = found === NO_OWNER ? undefined : zone.rrset(found, type)
  if (records === undefined) return false
  const present = rdatasOf(records)
  return present.length === keys.size && present.every((rdata) => keys.has(rdataKey(type, rdata)))
}
