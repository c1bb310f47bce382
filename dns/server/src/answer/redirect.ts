import { MAX_NAME_BYTES, Rcode, RecordType, readUint32 } from '@cresset/dns-wire'
import { encodeRecords } from '../store/memory-zone.ts'
import { RECORD_FIXED_BYTES, type Zone } from '../zone-source.ts'
import type { Location } from './locate.ts'
import type { Response } from './response.ts'

/**
 * Answers for a name below a DNAME: the DNAME, and the CNAME that it makes of the name (RFC 6672 section 3.2). Returns the name to go
 * on with; undefined when it is too long to be one. `shown` holds the DNAME records that stand in the answer, as views.
 */
export function addRedirect(
  response: Response,
  shown: Uint8Array[],
  zone: Zone,
  { owner, offset }: Location,
  name: Uint8Array,
): Uint8Array | undefined {
  const records = zone.rrset(owner, RecordType.DNAME)
  if (records === undefined) return undefined
  // A chain may pass through the same DNAME several times.
  if (!shown.some((earlier) => earlier.byteOffset === records.byteOffset && earlier.buffer === records.buffer)) {
    shown.push(records)
    response.addRequired('answer', name, offset, records)
  }
  const target = records.subarray(RECORD_FIXED_BYTES)
  if (offset + target.length > MAX_NAME_BYTES) {
    response.rcode = Rcode.YXDOMAIN
    return undefined
  }
  const alias = new Uint8Array(offset + target.length)
  alias.set(name.subarray(0, offset))
  alias.set(target, offset)
  // RFC 6672 section 3.1: the TTL of the DNAME.
  const rrset = { owner: name, type: RecordType.CNAME, ttl: readUint32(records, 4), rdatas: [alias] }
  response.addRequired('answer', name, 0, encodeRecords(rrset))
  return alias
}
