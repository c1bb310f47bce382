import { RecordType } from '@cresset/dns-wire'
import type { MemoryZone } from '../store/memory-zone.ts'
import { nameText } from '../versions/name-text.ts'
import { NO_OWNER } from '../zone-source.ts'
import { isHidden, isSigned } from './authority.ts'
import { dropForeign, isInChain, linkNames, negativeTtlOf, putLink } from './nsec-chain.ts'
import { signRrset } from './sign-rrset.ts'
import { timesOf } from './times.ts'
import type { ZoneKey } from './zone-key.ts'

/** A name that changes. */
export interface ChangingName {
  /** Lower-case wire name. */
  readonly name: Uint8Array
  /** True when a cut comes or goes there, which hides or shows what is below. */
  readonly isCutChange: boolean
}

export interface SignChangesOptions {
  /** Those that sign all that the zone has. */
  readonly keys: readonly ZoneKey[]
  /** Seconds since 1970. */
  readonly nowSeconds: number
  /** False for a zone that proves absence by records made for each question. */
  readonly hasChain?: boolean
}

/**
 * Changes a zone that `signZone` signed, so that it is signed as if it had been signed as a whole: the chain of NSEC leads over the names
 * that there are, and what changed has new signatures. Everything else keeps its own. Yields now and then. Gives the names whose records
 * or signatures may be others than before.
 */
export function* signChanges(
  zone: MemoryZone,
  names: readonly ChangingName[],
  change: () => Generator<void>,
  { keys, nowSeconds, hasChain = true }: SignChangesOptions,
): Generator<void, Uint8Array[]> {
  const touched = new NameSet()
  const negativeTtl = negativeTtlOf(zone)
  const before = yield* chainNames(zone, names, touched)
  yield* change()
  const after = yield* chainNames(zone, names, touched)
  for (const name of touched) {
    const owner = zone.find(name, 0)
    if (owner !== NO_OWNER) dropForeign(zone, owner)
    yield
  }
  if (hasChain) yield* linkChain(zone, before, after, negativeTtl, touched)
  touched.add(zone.apex)
  let index = 0
  for (const name of touched) {
    const times = timesOf(nowSeconds, index++)
    const owner = zone.find(name, 0)
    if (owner === NO_OWNER || isHidden(zone, owner)) continue
    for (const rrset of zone.rrsetsAt(owner)) {
      if (!isSigned(zone, owner, rrset.type) || zone.signatures(owner, rrset.type) !== undefined) continue
      for (const key of keys) zone.add(name, RecordType.RRSIG, rrset.ttl, signRrset(zone.apex, rrset, key, times))
      yield
    }
  }
  return [...touched]
}

/** Has the chain lead over the names that there are now. Names with other links are added to `touched`. */
function* linkChain(
  zone: MemoryZone,
  before: NameSet,
  after: NameSet,
  negativeTtl: number | undefined,
  touched: NameSet,
): Generator<void> {
  for (const name of before) if (!after.has(name)) zone.remove(name, RecordType.NSEC)
  yield* linkNames(zone, after)
  // Whatever came or went stands behind another name, whose link leads over it.
  for (const name of [...before, ...after]) {
    if (before.has(name) && after.has(name)) continue
    const previous = zone.chainName('before', name)?.slice()
    if (previous !== undefined) touched.add(previous)
    yield
  }
  // RFC 9077: the SOA gives the TTL of all links.
  if (negativeTtlOf(zone) !== negativeTtl)
    for (const owner of zone.owners()) {
      if (isInChain(zone, owner)) touched.add(zone.name(owner).slice())
      yield
    }
  for (const name of [...touched, zone.apex]) {
    putLink(zone, name)
    yield
  }
}

/** Names that are each there once. */
class NameSet {
  readonly #names = new Map<string, Uint8Array>()

  add(name: Uint8Array): void {
    this.#names.set(nameText(name), name)
  }

  has(name: Uint8Array): boolean {
    return this.#names.has(nameText(name))
  }

  [Symbol.iterator](): IterableIterator<Uint8Array> {
    return this.#names.values()
  }
}

/** Those of the names, and of what is below a cut that comes or goes, that stand in the chain. All of them are added to `seen`. */
function* chainNames(zone: MemoryZone, names: readonly ChangingName[], seen: NameSet): Generator<void, NameSet> {
  const found = new NameSet()
  for (const { name, isCutChange } of names) {
    seen.add(name)
    const top = zone.find(name, 0)
    if (top === NO_OWNER) continue
    for (const owner of isCutChange ? zone.ownersBelow(top) : [top]) {
      const own = zone.name(owner).slice()
      seen.add(own)
      if (isInChain(zone, owner)) found.add(own)
      yield
    }
  }
  return found
}
