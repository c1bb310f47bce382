import { canonicalRdata, checkRdata, RecordType } from '@cresset/dns-wire'

/** Made by whoever signs the zone, wherever they stand. */
const MADE_BY_SIGNING: ReadonlySet<number> = new Set([RecordType.RRSIG, RecordType.NSEC, RecordType.NSEC3])
/** At the apex they say how the zone is signed, and belong to its keys; a DS belongs into the zone above. */
const SIGNING_AT_APEX: ReadonlySet<number> = new Set([
  RecordType.DNSKEY,
  RecordType.DS,
  RecordType.CDS,
  RecordType.CDNSKEY,
  RecordType.ZONEMD,
])
/** Names in these are signed in the case that they have (RFC 9460 section 2.2, RFC 6840 section 5.1). */
const CASE_KEPT: ReadonlySet<number> = new Set([RecordType.SVCB, RecordType.HTTPS])
/** RFC 1034 section 3.6.2, RFC 2136 section 1.1.5, RFC 6672 section 2.4: a name has one of these at most. */
const SINGLE: ReadonlySet<number> = new Set([RecordType.SOA, RecordType.CNAME, RecordType.DNAME])

/** True for types that are there because the zone is signed, and are nobody's data. */
export function isMadeBySigning(type: number): boolean {
  return MADE_BY_SIGNING.has(type)
}

/** True for types that no update touches. */
export function belongsToSigning(type: number, isApex: boolean): boolean {
  return MADE_BY_SIGNING.has(type) || type === RecordType.NSEC3PARAM || (isApex && SIGNING_AT_APEX.has(type))
}

export function isSingle(type: number): boolean {
  return SINGLE.has(type)
}

/** RDATA as it is kept; undefined when it is not well-formed for a type that is known here. */
export function keptRdata(type: number, rdata: Uint8Array): Uint8Array | undefined {
  const canonical = canonicalRdata(type, rdata)
  const fault = checkRdata(type, canonical)
  if (fault !== undefined && fault !== 'type-refused') return undefined
  return CASE_KEPT.has(type) ? rdata : canonical
}

/** The same text for the RDATA of the same record (RFC 2136 section 1.1.1), as it is kept: names in it have no case. */
export function rdataKey(type: number, rdata: Uint8Array): string {
  return Buffer.from(CASE_KEPT.has(type) ? canonicalRdata(type, rdata) : rdata).toString('latin1')
}
