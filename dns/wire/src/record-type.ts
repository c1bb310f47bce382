import { asciiUpperCase } from './ascii-case.ts'

/** Record types and classes by number (IANA "Domain Name System Parameters"). */

export const RecordType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  AAAA: 28,
  LOC: 29,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  DS: 43,
  SSHFP: 44,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  EUI48: 108,
  EUI64: 109,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
} as const

export const RecordClass = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const

const nameByType = new Map<number, string>(Object.entries(RecordType).map(([name, type]) => [type, name]))
const typeByName = new Map<string, number>(Object.entries(RecordType))

/** The type's mnemonic, or `TYPE` and its number (RFC 3597 section 5). */
export function formatRecordType(type: number): string {
  return nameByType.get(type) ?? `TYPE${type}`
}

/** A type's number from its mnemonic or `TYPEnnn`, in any ASCII case; undefined when there is none. */
export function parseRecordType(text: string): number | undefined {
  const upper = asciiUpperCase(text)
  const known = typeByName.get(upper)
  if (known !== undefined) return known
  const generic = /^TYPE(0|[1-9][0-9]{0,4})$/.exec(upper)
  const type = Number(generic?.[1] ?? Number.NaN)
  return type <= 65_535 ? type : undefined
}

/**
 * True for types that only questions or single messages use and no zone holds: 0, OPT, the range 128–255 (RFC 6895
 * section 3.1) and 65535.
 */
export function isMetaType(type: number): boolean {
  return type === 0 || type === RecordType.OPT || (type >= 128 && type <= 255) || type === 65_535
}
