import { MAX_NAME_BYTES, Rcode, RecordType } from '@cresset/dns-wire'
import { encodeRecords, RECORD_FIXED_BYTES, ttlOf } from '../records.ts'
import type { Owner, Zone } from '../zone-source.ts'
import type { Location } from './locate.ts'
import type { Response } from './response.ts'

/** A DNAME that stands in the answer. */
export interface Redirect {
  readonly zone: Zone
  readonly owner: Owner
}

/**
 * Answers for a name below a DNAME: the DNAME, and the CNAME that it makes of the name (RFC 6672 section 3.2). Returns the name to go
 * on with; undefined when it is too long to be one. What was shown is in `shown`: a chain may pass through a DNAME several times.
 */
export function addRedirect(
  response: Response,
  shown: Redirect[],
  zone: Zone,
  { owner, offset }: Location,
  name: Uint8Array,
  isDnssecOk: boolean,
): Uint8Array | undefined {
  const records = zone.rrset(owner, RecordType.DNAME)
  if (records === undefined) return undefined
  if (!shown.some((earlier) => earlier.zone === zone && earlier.owner === owner)) {
    shown.push({ zone, owner })
    response.addRequired('answer', name, offset, records)
    const signatures = isDnssecOk ? zone.signatures(owner, RecordType.DNAME) : undefined
    if (signatures !== undefined) response.addRequired('answer', name, offset, signatures)
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
  const rrset = { owner: name, type: RecordType.CNAME, ttl: ttlOf(records), rdatas: [alias] }
  response.addRequired('answer', name, 0, encodeRecords(rrset))
  return alias
}
