import { compareBytes, concatBytes } from '@cresset/core-codec'
import { readUint16, readUint32, writeUint16, writeUint32 } from '../integers.ts'
import type { Rrset } from '../message.ts'
import { countLabels, isWildcard, nameEnd } from '../name.ts'
import { RecordClass } from '../record-type.ts'

/** Bytes of an RRSIG before the signer's name. */
const RRSIG_FIXED_BYTES = 18
/** Type, class, TTL, length of RDATA. */
const RECORD_HEADER_BYTES = 10

/** What a signature says of itself (RFC 4034 section 3.1). Times are in seconds since 1970, modulo 2^32. */
export interface RrsigHead {
  readonly typeCovered: number
  readonly algorithm: number
  readonly labels: number
  readonly originalTtl: number
  readonly expiration: number
  readonly inception: number
  readonly keyTag: number
  /** Wire name of the zone. */
  readonly signer: Uint8Array
}

export interface Rrsig extends RrsigHead {
  /** The RDATA up to the signature, as it is signed. */
  readonly head: Uint8Array
  readonly signature: Uint8Array
}

/** The RDATA of an RRSIG without the signature. */
export function rrsigHead(fields: RrsigHead): Uint8Array {
  const head = new Uint8Array(RRSIG_FIXED_BYTES + fields.signer.length)
  writeUint16(head, 0, fields.typeCovered)
  head[2] = fields.algorithm
  head[3] = fields.labels
  writeUint32(head, 4, fields.originalTtl)
  writeUint32(head, 8, fields.expiration)
  writeUint32(head, 12, fields.inception)
  writeUint16(head, 16, fields.keyTag)
  head.set(fields.signer, RRSIG_FIXED_BYTES)
  return head
}

/** Undefined for RDATA that is cut or has no name of its signer. */
export function readRrsig(rdata: Uint8Array): Rrsig | undefined {
  if (rdata.length <= RRSIG_FIXED_BYTES) return undefined
  const end = nameEnd(rdata, RRSIG_FIXED_BYTES)
  if (end < 0) return undefined
  return {
    typeCovered: readUint16(rdata, 0),
    algorithm: rdata[2] as number,
    labels: rdata[3] as number,
    originalTtl: readUint32(rdata, 4),
    expiration: readUint32(rdata, 8),
    inception: readUint32(rdata, 12),
    keyTag: readUint16(rdata, 16),
    signer: rdata.subarray(RRSIG_FIXED_BYTES, end),
    head: rdata.subarray(0, end),
    signature: rdata.subarray(end),
  }
}

/** RFC 4034 section 3.1.3: a wildcard's asterisk does not count, which tells that a name was made from it. */
export function rrsigLabels(owner: Uint8Array): number {
  return countLabels(owner) - (isWildcard(owner) ? 1 : 0)
}

/**
 * What a signature covers (RFC 4034 section 3.1.8.1): its head, then the records in canonical order, each once. Names in the RDATA must
 * be as they are signed: in lower case where section 6.2 asks for it.
 */
export function rrsigSignedBytes(head: Uint8Array, { owner, type, ttl, rdatas }: Rrset): Uint8Array {
  const sorted = [...rdatas].sort(compareBytes)
  const parts: Uint8Array[] = [head]
  for (const [index, rdata] of sorted.entries()) {
    if (index > 0 && compareBytes(sorted[index - 1] as Uint8Array, rdata) === 0) continue
    const record = new Uint8Array(owner.length + RECORD_HEADER_BYTES)
    record.set(owner)
    writeUint16(record, owner.length, type)
    writeUint16(record, owner.length + 2, RecordClass.IN)
    writeUint32(record, owner.length + 4, ttl)
    writeUint16(record, owner.length + 8, rdata.length)
    parts.push(record, rdata)
  }
  return concatBytes(...parts)
}
