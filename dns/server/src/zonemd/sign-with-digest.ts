import { RecordType, readUint32, writeUint32 } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, recordEnd, soaSerial, ttlOf } from '../records.ts'
import { signRrset } from '../sign/sign-rrset.ts'
import { type SignZoneOptions, signZone } from '../sign/sign-zone.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { ZonemdHash, zoneDigest } from './zone-digest.ts'

/** A digest is over the whole zone each time, so greater zones go without. */
export const MAX_DIGEST_RECORDS = 100_000

const SCHEME_SIMPLE = 1
const DIGEST_OFFSET = 6
const SHA384_BYTES = 48
/** In the RDATA of an RRSIG (RFC 4034 section 3.1). */
const EXPIRATION_OFFSET = 8
const INCEPTION_OFFSET = 12

/**
 * Signs a zone as `signZone` does, and puts a ZONEMD record at its apex, by which whoever takes the zone can check all of it (RFC 8976).
 * One that was there goes: it was of another zone.
 */
export function* signZoneWithDigest(zone: MemoryZone, options: SignZoneOptions): Generator<void> {
  const { apex, apexOwner } = zone
  const soa = zone.rrset(apexOwner, RecordType.SOA)
  // Without a chain nobody else can serve it: it is not given away.
  const isGivenAway = options.denial !== 'compact'
  if (soa === undefined || !isGivenAway || (yield* hasMoreRecords(zone, MAX_DIGEST_RECORDS))) {
    zone.remove(apex, RecordType.ZONEMD)
    yield* signZone(zone, options)
    return
  }
  const [ttl, serial] = [ttlOf(soa), soaSerial(soa)]
  const record = (digest: Uint8Array) => ({
    owner: apex,
    type: RecordType.ZONEMD,
    ttl,
    rdatas: [zonemdRdata(serial, digest)],
  })
  // It stands there while the zone is signed, so that the chain tells of it (RFC 8976 section 3.1).
  zone.put(record(new Uint8Array(SHA384_BYTES)))
  yield* signZone(zone, options)
  const signature = zone.signatures(apexOwner, RecordType.ZONEMD)?.slice(RECORD_FIXED_BYTES)
  const rrset = record(yield* zoneDigest(zone, ZonemdHash.SHA384))
  zone.put(rrset)
  if (signature === undefined) return
  const times = {
    inception: readUint32(signature, INCEPTION_OFFSET),
    expiration: readUint32(signature, EXPIRATION_OFFSET),
  }
  for (const key of options.keys) zone.add(apex, RecordType.RRSIG, ttl, signRrset(apex, rrset, key, times))
}

/** RFC 8976 section 2.2. */
function zonemdRdata(serial: number, digest: Uint8Array): Uint8Array {
  const rdata = new Uint8Array(DIGEST_OFFSET + digest.length)
  writeUint32(rdata, 0, serial)
  rdata[4] = SCHEME_SIMPLE
  rdata[5] = ZonemdHash.SHA384
  rdata.set(digest, DIGEST_OFFSET)
  return rdata
}

function* hasMoreRecords(zone: MemoryZone, bound: number): Generator<void, boolean> {
  let count = 0
  for (const { records } of zone.entries()) {
    yield
    for (let start = 0; start < records.length; start = recordEnd(records, start)) count += 1
    if (count > bound) return true
  }
  return false
}
