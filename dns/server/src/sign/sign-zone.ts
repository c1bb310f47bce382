import { RecordType, typeBitmap } from '@cresset/dns-wire'
import { soaMinimum, ttlOf } from '../records.ts'
import { canonicalKey } from '../store/canonical-key.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { isHidden, isSigned, listedTypes } from './authority.ts'
import { delegationRrsets, isForZoneAbove } from './delegation-records.ts'
import type { Denial } from './denial.ts'
import { KeptSignatures } from './kept-signatures.ts'
import { signRrset } from './sign-rrset.ts'
import { timesOf } from './times.ts'
import type { SigningKeys } from './zone-signing.ts'

export interface SignZoneOptions extends SigningKeys {
  /** Seconds since 1970. */
  readonly nowSeconds: number
  /** Of the DNSKEY RRset, in seconds. */
  readonly dnskeyTtl: number
  /** With `compact` the zone gets no chain. */
  readonly denial?: Denial | undefined
  /** The version before, signed here too: its signatures stay over what is as it was, as long as they are fresh. */
  readonly previous?: MemoryZone | undefined
}

/**
 * Signs a zone that has no signatures yet: DNSKEY, and CDS where they are wanted, at the apex, a chain of NSEC, and an RRSIG over each RRset that the zone is
 * authoritative for. Yields after each owner, so that the caller can give the processor back in between.
 */
export function* signZone(zone: MemoryZone, options: SignZoneOptions): Generator<void> {
  const { keys, passing = [], delegation, nowSeconds, dnskeyTtl, previous } = options
  const listed = [...keys, ...passing]
  for (const key of listed) zone.add(zone.apex, RecordType.DNSKEY, dnskeyTtl, key.dnskey)
  if (delegation !== undefined) for (const rrset of delegationRrsets(zone.apex, delegation, dnskeyTtl)) zone.put(rrset)
  const owners = namesInOrder(zone)
  if (options.denial !== 'compact') yield* addChain(zone, owners)
  const kept = previous === undefined ? undefined : new KeptSignatures(previous, listed, nowSeconds)
  for (const [index, { name }] of owners.entries()) {
    const times = timesOf(nowSeconds, index)
    const owner = zone.find(name, 0)
    for (const rrset of zone.rrsetsAt(owner)) {
      if (!isSigned(zone, owner, rrset.type)) continue
      const isForAbove = owner === zone.apexOwner && isForZoneAbove(rrset.type)
      for (const key of isForAbove ? listed : keys) {
        const signature = kept?.find(rrset, key) ?? signRrset(zone.apex, rrset, key, times)
        zone.add(name, RecordType.RRSIG, rrset.ttl, signature)
      }
    }
    yield
  }
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

/** RFC 4034 section 4; the TTL is that of denials (RFC 9077). */
function* addChain(zone: MemoryZone, owners: readonly NamedOwner[]): Generator<void> {
  const soa = zone.rrset(zone.apexOwner, RecordType.SOA) as Uint8Array
  const ttl = Math.min(ttlOf(soa), soaMinimum(soa))
  for (const [index, { name }] of owners.entries()) {
    const owner = zone.find(name, 0)
    const next = owners[(index + 1) % owners.length] as NamedOwner
    const bitmap = typeBitmap([...listedTypes(zone, owner), RecordType.RRSIG, RecordType.NSEC])
    zone.add(name, RecordType.NSEC, ttl, Buffer.concat([next.name, bitmap]))
    yield
  }
}
