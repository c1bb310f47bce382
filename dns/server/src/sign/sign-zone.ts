import { RecordType, typeBitmap } from '@cresset/dns-wire'
import { soaMinimum, ttlOf } from '../records.ts'
import { canonicalKey } from '../store/canonical-key.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import type { Owner } from '../zone-source.ts'
import { KeptSignatures } from './kept-signatures.ts'
import { type SignatureTimes, signRrset } from './sign-rrset.ts'
import type { ZoneKey } from './zone-key.ts'

/** How long signatures hold: an answer of before can be shown again for so long. */
const VALID_SECONDS = 3 * 86_400
/** Clocks of resolvers differ. */
const BACKDATED_SECONDS = 3_600
/** Not all at once: signatures that end together would be made together. */
const JITTER_SECONDS = 6 * 3_600

export interface SignZoneOptions {
  /** Each signs all that the zone has; all of one algorithm (RFC 4035 section 2.2). */
  readonly keys: readonly ZoneKey[]
  /** Seconds since 1970. */
  readonly nowSeconds: number
  /** Of the DNSKEY RRset, in seconds. */
  readonly dnskeyTtl: number
  /** The version before, signed here too: its signatures stay over what is as it was, as long as they are fresh. */
  readonly previous?: MemoryZone | undefined
}

/**
 * Signs a zone that has no signatures yet: DNSKEY at the apex, a chain of NSEC, and an RRSIG over each RRset that the zone is
 * authoritative for. Yields after each owner, so that the caller can give the processor back in between.
 */
export function* signZone(zone: MemoryZone, options: SignZoneOptions): Generator<void> {
  const { keys, nowSeconds, dnskeyTtl, previous } = options
  for (const key of keys) zone.add(zone.apex, RecordType.DNSKEY, dnskeyTtl, key.dnskey)
  const owners = namesInOrder(zone)
  yield* addChain(zone, owners)
  const kept = previous === undefined ? undefined : new KeptSignatures(previous, keys, nowSeconds)
  for (const [index, { name }] of owners.entries()) {
    const times = timesOf(nowSeconds, index)
    const owner = zone.find(name, 0)
    for (const rrset of zone.rrsetsAt(owner)) {
      if (!isSigned(zone, owner, rrset.type)) continue
      for (const key of keys) {
        const signature = kept?.find(rrset, key) ?? signRrset(zone.apex, rrset, key, times)
        zone.add(name, RecordType.RRSIG, rrset.ttl, signature)
      }
    }
    yield
  }
}

/** RFC 4035 section 2.2: at a cut the zone below speaks for all but the DS, and for the NSEC that stands here. */
function isSigned(zone: MemoryZone, owner: Owner, type: number): boolean {
  return !isCut(zone, owner) || type === RecordType.DS || type === RecordType.NSEC
}

function isCut(zone: MemoryZone, owner: Owner): boolean {
  return owner !== zone.apexOwner && zone.rrset(owner, RecordType.NS) !== undefined
}

interface NamedOwner {
  readonly name: Uint8Array
  readonly key: Uint8Array
}

/** Names that have records and are not below a cut, in canonical order. */
function namesInOrder(zone: MemoryZone): NamedOwner[] {
  const found: NamedOwner[] = []
  for (const owner of zone.owners()) {
    if (zone.types(owner).length === 0 || isHidden(zone, owner)) continue
    const name = zone.name(owner).slice()
    found.push({ name, key: canonicalKey(name).slice() })
  }
  return found.sort((a, b) => Buffer.compare(a.key, b.key))
}

function isHidden(zone: MemoryZone, owner: Owner): boolean {
  for (let above = zone.parent(owner); above >= 0; above = zone.parent(above)) if (isCut(zone, above)) return true
  return false
}

/** RFC 4034 section 4; the TTL is that of denials (RFC 9077). */
function* addChain(zone: MemoryZone, owners: readonly NamedOwner[]): Generator<void> {
  const soa = zone.rrset(zone.apexOwner, RecordType.SOA) as Uint8Array
  const ttl = Math.min(ttlOf(soa), soaMinimum(soa))
  for (const [index, { name }] of owners.entries()) {
    const owner = zone.find(name, 0)
    const present = zone.types(owner)
    const own = isCut(zone, owner)
      ? present.filter((type) => type === RecordType.NS || type === RecordType.DS)
      : present
    const next = owners[(index + 1) % owners.length] as NamedOwner
    const bitmap = typeBitmap([...own, RecordType.RRSIG, RecordType.NSEC])
    zone.add(name, RecordType.NSEC, ttl, Buffer.concat([next.name, bitmap]))
    yield
  }
}

function timesOf(nowSeconds: number, index: number): SignatureTimes {
  // Spread evenly by the golden ratio: neighbours end far from each other.
  const jitter = Math.floor(((index * 0.618_033_988_749_895) % 1) * JITTER_SECONDS)
  return { inception: nowSeconds - BACKDATED_SECONDS, expiration: nowSeconds + VALID_SECONDS - jitter }
}
