import { createHash } from 'node:crypto'
import { childName, formatName, parseAbsoluteName, RecordType, writeUint32 } from '@cresset/dns-wire'
import type { MemoryZone } from '../store/memory-zone.ts'
import { emptyZone } from '../zone-file/zone-builder.ts'

/** RFC 9432 section 4.2: the one version that consumers take. */
const SCHEMA_VERSION = '2'
const LABEL_HEX_DIGITS = 32
/** Nobody asks for the records but who takes the zone (RFC 9432 section 4.1: the TTLs mean nothing). */
const TTL_SECONDS = 0
/** Seconds between questions of a consumer that hears nothing, and until it gives up, which is never: without members it would serve no zone. */
const TIMES = { refresh: 3_600, retry: 600, expire: 2_147_483_646, minimum: 0 } as const
const INVALID = parseAbsoluteName('invalid')

/** A catalog zone (RFC 9432) whose members are the zones with these apexes. Throws RangeError for an apex that is too long. */
export function catalogZone(apex: Uint8Array, members: readonly Uint8Array[], serial: number): MemoryZone {
  const zone = emptyZone(apex)
  const put = (owner: Uint8Array, type: number, rdata: Uint8Array): void => {
    zone.put({ owner, type, ttl: TTL_SECONDS, rdatas: [rdata] })
  }
  put(apex, RecordType.SOA, soaRdata(serial))
  put(apex, RecordType.NS, INVALID)
  put(below(apex, 'version'), RecordType.TXT, Uint8Array.of(SCHEMA_VERSION.length, ...Buffer.from(SCHEMA_VERSION)))
  const zones = below(apex, 'zones')
  for (const member of members) put(below(zones, memberLabel(member)), RecordType.PTR, member)
  return zone
}

/**
 * RFC 9432 section 4.1: unique in the catalog, and the same as long as the zone is a member: a consumer forgets all that it knows of a
 * zone whose label changes.
 */
export function memberLabel(member: Uint8Array): string {
  return createHash('sha256').update(member).digest('hex').slice(0, LABEL_HEX_DIGITS)
}

function soaRdata(serial: number): Uint8Array {
  const rdata = new Uint8Array(2 * INVALID.length + 20)
  rdata.set(INVALID)
  rdata.set(INVALID, INVALID.length)
  const numbers = [serial, TIMES.refresh, TIMES.retry, TIMES.expire, TIMES.minimum]
  for (const [index, value] of numbers.entries()) writeUint32(rdata, 2 * INVALID.length + 4 * index, value)
  return rdata
}

function below(parent: Uint8Array, label: string): Uint8Array {
  const name = childName(Buffer.from(label), parent)
  if (name === undefined) throw new RangeError(`${formatName(parent)} is too long for a catalog`)
  return name
}
