import { RecordType, type Rrset } from '@cresset/dns-wire'
import { dsRdata } from './zone-key.ts'

/** What a zone wants the zone above to have: a DS of each of these DNSKEY records, or none at all any more. */
export type Delegation = readonly Uint8Array[] | 'none'

/** RFC 8078 section 4, with its erratum 5049: `CDS 0 0 0 00` and `CDNSKEY 0 3 0 AA==`. */
const REMOVAL = { cds: Uint8Array.of(0, 0, 0, 0, 0), cdnskey: Uint8Array.of(0, 0, 3, 0, 0) } as const

/** The CDS and CDNSKEY records of a zone (RFC 7344 section 3). */
export function delegationRrsets(apex: Uint8Array, delegation: Delegation, ttl: number): [cds: Rrset, cdnskey: Rrset] {
  const isRemoval = delegation === 'none'
  const cds = isRemoval ? [REMOVAL.cds] : delegation.map((dnskey) => dsRdata(apex, dnskey))
  const cdnskey = isRemoval ? [REMOVAL.cdnskey] : [...delegation]
  return [
    { owner: apex, type: RecordType.CDS, ttl, rdatas: cds },
    { owner: apex, type: RecordType.CDNSKEY, ttl, rdatas: cdnskey },
  ]
}

/** Types at the apex by which the zone above finds its DS: every key that is listed signs them (RFC 7344 section 4.1). */
export function isForZoneAbove(type: number): boolean {
  return type === RecordType.DNSKEY || type === RecordType.CDS || type === RecordType.CDNSKEY
}
