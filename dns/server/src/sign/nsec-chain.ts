import { RecordType, typeBitmap } from '@cresset/dns-wire'
import { soaMinimum, ttlOf } from '../records.ts'
import { canonicalKey } from '../store/canonical-key.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { NO_OWNER, type Owner } from '../zone-source.ts'
import { isHidden, isSigned, listedTypes } from './authority.ts'

/** True for an owner that has a link in the chain of NSEC: one with records that the zone speaks for. */
export function isInChain(zone: MemoryZone, owner: Owner): boolean {
  return listedTypes(zone, owner).length > 0 && !isHidden(zone, owner)
}

/** The TTL of denials, in seconds (RFC 9077); undefined while there is no SOA. */
export function negativeTtlOf({ soa }: MemoryZone): number | undefined {
  return soa && Math.min(ttlOf(soa), soaMinimum(soa))
}

/** Puts names into the chain, or their links right. Yields after each. */
export function* linkNames(zone: MemoryZone, names: Iterable<Uint8Array>): Generator<void> {
  const added: { name: Uint8Array; key: Uint8Array }[] = []
  const linked: Uint8Array[] = []
  for (const name of names) {
    const isNew = zone.rrset(zone.find(name, 0), RecordType.NSEC) === undefined
    if (isNew) added.push({ name, key: canonicalKey(name) })
    else linked.push(name)
    yield
  }
  // From the last to the first: the name behind each is there when its link is made.
  added.sort((a, b) => Buffer.compare(b.key, a.key))
  for (const { name } of added) {
    putLink(zone, name)
    yield
  }
  for (const name of linked) {
    putLink(zone, name)
    yield
  }
}

/** RFC 4034 section 4: the link of a name that is in the chain. */
export function putLink(zone: MemoryZone, name: Uint8Array): void {
  const ttl = negativeTtlOf(zone)
  const owner = zone.find(name, 0)
  if (ttl === undefined || owner === NO_OWNER || !isInChain(zone, owner)) return
  const next = zone.chainName('after', name) ?? zone.apex
  const bitmap = typeBitmap([...listedTypes(zone, owner), RecordType.RRSIG, RecordType.NSEC])
  zone.put({ owner: name, type: RecordType.NSEC, ttl, rdatas: [Buffer.concat([next, bitmap])] })
}

/** Drops signatures of an owner that are not this zone's to give: a cut that came makes others speak for what was signed here. */
export function dropForeign(zone: MemoryZone, owner: Owner): void {
  const isOther = isHidden(zone, owner)
  for (const type of zone.types(owner)) if (isOther || !isSigned(zone, owner, type)) zone.removeSignatures(owner, type)
}
