import { keyTag, RecordType, readDnskey, readUint32 } from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES, rdatasOf, recordEnd, ttlOf } from '../records.ts'
import { dsRdata } from '../sign/zone-key.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import type { Zone } from '../zone-source.ts'
import { Slice } from './slice.ts'

/** A key of a zone, as its DNSKEY record has it. */
export interface ZoneKeyStatus {
  readonly tag: number
  /** Number of the algorithm (RFC 8624). */
  readonly algorithm: number
  readonly flags: number
  /** True when this server signs with it; false for the key of a file that was signed elsewhere. */
  readonly signsHere: boolean
  /** RDATA of the DS record for the zone above. */
  readonly ds: Uint8Array
}

/** One zone as it is served now. */
export interface ZoneStatus {
  /** Lower-case wire name. */
  readonly apex: Uint8Array
  readonly path: string
  readonly records: number
  readonly serial: number
  /** Since 1970: when it was last read or signed. */
  readonly loadedAtMs: number
  readonly isFrozen: boolean
  /** True when there are changes by updates that its file does not have. */
  readonly isUpdated: boolean
  /** Why the last reading or signing changed nothing; undefined when it went well. */
  readonly problem: string | undefined
  /** In seconds since 1970, when the first of its signatures ends; undefined without any. */
  readonly earliestExpiration: number | undefined
  /** By what it proves what it does not have; undefined when it does not. */
  readonly denial?: DenialKind | undefined
  readonly keys: readonly ZoneKeyStatus[]
}

export type DenialKind = 'nsec' | 'nsec3' | 'compact'

export function denialKindOf({ chain, compact }: Zone): DenialKind | undefined {
  return compact === undefined ? chain?.kind : 'compact'
}

const EXPIRATION_OFFSET = 8

/** When the first signature of a zone ends, in seconds since 1970; undefined for a zone that is not signed. */
export async function earliestExpiration(zone: MemoryZone, nowSeconds: number): Promise<number | undefined> {
  if (zone.signatures(zone.apexOwner, RecordType.SOA) === undefined) return undefined
  const slice = new Slice()
  let earliest = Number.POSITIVE_INFINITY
  for (const { type, records } of zone.entries()) {
    if (slice.isOver()) await slice.next()
    if (type !== RecordType.RRSIG) continue
    for (let start = 0; start < records.length; start = recordEnd(records, start)) {
      const expiration = readUint32(records, start + RECORD_FIXED_BYTES + EXPIRATION_OFFSET)
      // RFC 4034 section 3.1.5: in the circle of 32 bits, so the one that is nearest to now.
      earliest = Math.min(earliest, nowSeconds + ((expiration - nowSeconds) | 0))
    }
  }
  return earliest
}

/** The longest that a resolver may remember something of the zone, in seconds. */
export async function greatestTtl(zone: MemoryZone): Promise<number> {
  const slice = new Slice()
  let greatest = 0
  for (const { records } of zone.entries()) {
    if (slice.isOver()) await slice.next()
    greatest = Math.max(greatest, ttlOf(records))
  }
  return greatest
}

export function keysOfZone(zone: MemoryZone, own: readonly { readonly dnskey: Uint8Array }[]): ZoneKeyStatus[] {
  const records = zone.rrset(zone.apexOwner, RecordType.DNSKEY)
  return (records === undefined ? [] : rdatasOf(records)).flatMap((rdata) => {
    const dnskey = readDnskey(rdata)
    if (dnskey === undefined) return []
    const signsHere = own.some((key) => Buffer.compare(key.dnskey, rdata) === 0)
    return [
      {
        tag: keyTag(rdata),
        algorithm: dnskey.algorithm,
        flags: dnskey.flags,
        signsHere,
        ds: dsRdata(zone.apex, rdata),
      },
    ]
  })
}
