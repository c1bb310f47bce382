import { RecordClass, type Rrset, readUint16, readUint32, writeUint16, writeUint32 } from '@cresset/dns-wire'

/**
 * RRsets in the form in which they are kept and answered: records one after another, each `type, class, TTL, RDLENGTH, RDATA` as on the
 * wire without the owner's name, names in RDATA uncompressed.
 */

/** Bytes of a record before its RDATA: type, class, TTL, RDLENGTH. */
export const RECORD_FIXED_BYTES = 10
const TTL_OFFSET = 4
const LENGTH_OFFSET = 8
/** From the end of an SOA's RDATA (RFC 1035 section 3.3.13). */
const SERIAL_FROM_END = 20
const EXPIRE_FROM_END = 8
const MINIMUM_FROM_END = 4

/** Offset behind the record that starts at `start`. */
export function recordEnd(records: Uint8Array, start: number): number {
  return start + RECORD_FIXED_BYTES + readUint16(records, start + LENGTH_OFFSET)
}

/** Views of the RDATA of each. */
export function rdatasOf(records: Uint8Array): Uint8Array[] {
  const rdatas: Uint8Array[] = []
  for (let start = 0; start < records.length; start = recordEnd(records, start))
    rdatas.push(records.subarray(start + RECORD_FIXED_BYTES, recordEnd(records, start)))
  return rdatas
}

/** The TTL of an RRset, in seconds. */
export function ttlOf(records: Uint8Array): number {
  return readUint32(records, TTL_OFFSET)
}

export function setTtl(records: Uint8Array, ttl: number): void {
  for (let start = 0; start < records.length; start = recordEnd(records, start))
    writeUint32(records, start + TTL_OFFSET, ttl)
}

/** Of an SOA, its record or its RDATA. */
export function soaSerial(soa: Uint8Array): number {
  return readUint32(soa, soa.length - SERIAL_FROM_END)
}

export function setSoaSerial(soa: Uint8Array, serial: number): void {
  writeUint32(soa, soa.length - SERIAL_FROM_END, serial)
}

/** Seconds for which a secondary serves the zone without hearing of its primary (RFC 1035 section 3.3.13), of an SOA's record or RDATA. */
export function soaExpire(soa: Uint8Array): number {
  return readUint32(soa, soa.length - EXPIRE_FROM_END)
}

/** Seconds for which absence is remembered (RFC 2308 section 4), of an SOA's record or RDATA. */
export function soaMinimum(soa: Uint8Array): number {
  return readUint32(soa, soa.length - MINIMUM_FROM_END)
}

/** Bytes of an RRset in this form. */
export function recordsLength({ rdatas }: Rrset): number {
  return rdatas.reduce((sum, rdata) => sum + RECORD_FIXED_BYTES + rdata.length, 0)
}

export function encodeRecords(rrset: Rrset): Uint8Array {
  const records = new Uint8Array(recordsLength(rrset))
  let offset = 0
  for (const rdata of rrset.rdatas) {
    writeUint16(records, offset, rrset.type)
    writeUint16(records, offset + 2, RecordClass.IN)
    writeUint32(records, offset + TTL_OFFSET, rrset.ttl)
    writeUint16(records, offset + LENGTH_OFFSET, rdata.length)
    records.set(rdata, offset + RECORD_FIXED_BYTES)
    offset += RECORD_FIXED_BYTES + rdata.length
  }
  return records
}
