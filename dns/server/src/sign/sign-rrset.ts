import { countLabels, isWildcard, RecordClass, type Rrset, writeUint16, writeUint32 } from '@cresset/dns-wire'
import type { ZoneKey } from './zone-key.ts'

/** When signatures hold, in seconds since 1970. */
export interface SignatureTimes {
  readonly inception: number
  readonly expiration: number
}

/** Bytes of an RRSIG before the signer's name. */
const RRSIG_FIXED_BYTES = 18
/** Type, class, TTL, length of RDATA. */
const RECORD_HEADER_BYTES = 10

/** RDATA of the RRSIG by `key` over an RRset whose names are as they are signed: in lower case where RFC 4034 section 6.2 asks for it. */
export function signRrset(apex: Uint8Array, rrset: Rrset, key: ZoneKey, times: SignatureTimes): Uint8Array {
  const head = signatureHead(apex, rrset, key, times)
  return Buffer.concat([head, key.sign(signedBytes(head, rrset))])
}

/** The RDATA without the signature (RFC 4034 section 3.1). */
export function signatureHead(apex: Uint8Array, rrset: Rrset, key: ZoneKey, times: SignatureTimes): Uint8Array {
  const head = new Uint8Array(RRSIG_FIXED_BYTES + apex.length)
  writeUint16(head, 0, rrset.type)
  head[2] = key.algorithm
  // RFC 4034 section 3.1.3: a wildcard's asterisk does not count, which tells that a name was made from it.
  head[3] = countLabels(rrset.owner) - (isWildcard(rrset.owner) ? 1 : 0)
  writeUint32(head, 4, rrset.ttl)
  writeUint32(head, 8, times.expiration)
  writeUint32(head, 12, times.inception)
  writeUint16(head, 16, key.tag)
  head.set(apex, RRSIG_FIXED_BYTES)
  return head
}

/** What the signature covers (RFC 4034 section 3.1.8.1): that head, then the records in canonical order, each once. */
export function signedBytes(head: Uint8Array, { owner, type, ttl, rdatas }: Rrset): Uint8Array {
  const sorted = [...rdatas].sort(Buffer.compare)
  const parts: Uint8Array[] = [head]
  for (const [index, rdata] of sorted.entries()) {
    if (index > 0 && Buffer.compare(sorted[index - 1] as Uint8Array, rdata) === 0) continue
    const record = new Uint8Array(owner.length + RECORD_HEADER_BYTES)
    record.set(owner)
    writeUint16(record, owner.length, type)
    writeUint16(record, owner.length + 2, RecordClass.IN)
    writeUint32(record, owner.length + 4, ttl)
    writeUint16(record, owner.length + 8, rdata.length)
    parts.push(record, rdata)
  }
  return Buffer.concat(parts)
}
