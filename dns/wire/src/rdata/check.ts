import { MAX_RDATA_BYTES } from '../limits.ts'
import { lowerCaseName } from '../name.ts'
import { isMetaType, RecordType } from '../record-type.ts'
import type { RdataCode } from './field.ts'
import { type RdataFormat, rdataFormat } from './formats.ts'

/** RFC 6895 section 3.1: for private use, so no server has a layout for these and none refuses a zone over them. */
export function isPrivateType(type: number): boolean {
  return type >= 65_280 && type <= 65_534
}

/**
 * Strict check of a record's RDATA on the wire: every field of its type well-formed, names uncompressed and lower-case,
 * nothing left over. Undefined when it is good. Types without a layout here are refused, because a stock secondary that
 * knows the type would refuse the whole zone over bad bytes; private-use types are accepted as bytes.
 * A pure function of its arguments: agreement depends on it.
 */
export function checkRdata(type: number, rdata: Uint8Array): RdataCode | undefined {
  if (rdata.length > MAX_RDATA_BYTES) return 'rdata-too-long'
  const format = rdataFormat(type)
  if (format === undefined) return isPrivateType(type) ? undefined : 'type-refused'
  const ends = fieldEnds(format, rdata)
  if (typeof ends === 'string') return ends
  const isCanonical = format.fields.every(
    (field, index) => field.isCanonical?.(rdata, ends[index - 1] ?? 0, ends[index] as number) ?? true,
  )
  return isCanonical ? undefined : 'rdata-name-case'
}

/** Well-formed RDATA with its names in lower case (RFC 4034 section 6.2); anything else comes back as it is. */
export function canonicalRdata(type: number, rdata: Uint8Array): Uint8Array {
  const format = rdataFormat(type)
  const ends = format === undefined ? 'type-refused' : fieldEnds(format, rdata)
  if (format === undefined || typeof ends === 'string') return rdata
  const copy = rdata.slice()
  for (const [index, field] of format.fields.entries()) {
    const start = ends[index - 1] ?? 0
    const end = ends[index] as number
    if (field.isCanonical?.(rdata, start, end) === false) copy.set(lowerCaseName(rdata.subarray(start, end)), start)
  }
  return copy
}

/** Where each field ends in well-formed RDATA, canonical or not; otherwise why it is malformed. */
export function fieldEnds(format: RdataFormat, rdata: Uint8Array): number[] | RdataCode {
  const ends: number[] = []
  let offset = 0
  for (const field of format.fields) {
    const end = field.check(rdata, offset)
    if (typeof end === 'string') return end
    ends.push(end)
    offset = end
  }
  if (offset !== rdata.length) return 'rdata-trailing'
  return format.check?.(rdata) ?? ends
}

/** Made by whoever signs a zone, or about its signatures. */
const SIGNING_TYPES: ReadonlySet<number> = new Set([
  RecordType.RRSIG,
  RecordType.NSEC,
  RecordType.DNSKEY,
  RecordType.NSEC3,
  RecordType.NSEC3PARAM,
  RecordType.CDS,
  RecordType.CDNSKEY,
  RecordType.CSYNC,
  RecordType.ZONEMD,
])
/** Made by the server or by transactions of their own, never by a record set: zone apex and delegation. */
const MANAGED_TYPES: ReadonlySet<number> = new Set([RecordType.SOA, RecordType.NS, RecordType.DNAME, RecordType.DS])

/** True for records that a zone has because it is signed: nobody's data. */
export function isSigningType(type: number): boolean {
  return SIGNING_TYPES.has(type)
}

/** True when the owner of a name may publish record sets of this type. */
export function isPublishableType(type: number): boolean {
  if (isMetaType(type) || MANAGED_TYPES.has(type) || SIGNING_TYPES.has(type)) return false
  return rdataFormat(type) !== undefined || isPrivateType(type)
}
