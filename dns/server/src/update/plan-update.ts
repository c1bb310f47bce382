import { equalNames, isAtOrBelow, Rcode, RecordType, type ResourceRecord, type Rrset } from '@cresset/dns-wire'
import { setSoaSerial, soaSerial } from '../records.ts'
import { isSerialAfter, nextSerial } from '../serial.ts'
import { canonicalKey } from '../store/canonical-key.ts'
import { MAX_RRSET_BYTES, type MemoryZone, messageBytes } from '../store/memory-zone.ts'
import { nameText } from '../versions/name-text.ts'
import { NO_OWNER } from '../zone-source.ts'
import { checkPrerequisites } from './prerequisites.ts'
import { prescan, type RecordChange } from './prescan.ts'
import { belongsToSigning, isSingle } from './record-rules.ts'
import type { UpdateGrant } from './update-grant.ts'
import { type RrsetChange, ZoneDraft } from './zone-draft.ts'

/** What an update comes to, before anything of it is done. */
export type UpdatePlan =
  /** Nothing changes; NOERROR when all is as it is to be already. `text` is for people. */
  | { readonly kind: 'answer'; readonly rcode: number; readonly text: string }
  /** One next version of the zone, its SOA with a greater serial among the changes. */
  | { readonly kind: 'change'; readonly changes: readonly RrsetChange[] }

/** Deciding takes no break: queries wait for it. */
const MAX_RECORDS = 3_000
/** An answer about one name should fit messages, and one look-up walks its types. */
const MAX_TYPES_AT_A_NAME = 100

/**
 * Decides what becomes of an update (RFC 2136 section 3): all of it, or nothing. `zone` is the zone as it is served, and does not change
 * here.
 */
export function planUpdate(
  zone: MemoryZone,
  prerequisites: readonly ResourceRecord[],
  updates: readonly ResourceRecord[],
  grants: readonly UpdateGrant[],
): UpdatePlan {
  const answer = (rcode: number, text: string): UpdatePlan => ({ kind: 'answer', rcode, text })
  if (prerequisites.length + updates.length > MAX_RECORDS)
    return answer(Rcode.REFUSED, 'too many records for one update')
  const unmet = checkPrerequisites(zone, prerequisites)
  if (unmet !== Rcode.NOERROR) return answer(unmet, 'a prerequisite is not met')
  const scanned = prescan(zone.apex, updates, grants)
  if (scanned.kind === 'bad') return answer(scanned.rcode, scanned.text)
  const draft = new ZoneDraft(zone)
  for (const change of scanned.changes) applyChange(draft, change)
  const changes = draft.changes()
  if (changes.length === 0) return answer(Rcode.NOERROR, '')
  const fault = faultOf(draft, changes)
  if (fault !== undefined) return answer(Rcode.REFUSED, fault)
  return { kind: 'change', changes: withNextSerial(zone, changes) }
}

/** RFC 2136 sections 3.4.2.2 to 3.4.2.4. What the zone cannot hold is passed over in silence, as section 3.4.2.7 has it. */
function applyChange(draft: ZoneDraft, change: RecordChange): void {
  const { zone } = draft
  const { owner } = change
  const isApex = equalNames(owner, zone.apex)
  const isKept = (type: number): boolean =>
    isApex && (type === RecordType.SOA || type === RecordType.NS || belongsToSigning(type, true))
  switch (change.kind) {
    case 'add':
      addRecord(draft, change, isApex)
      return
    case 'delete-name':
      for (const type of draft.types(owner)) if (!isKept(type)) draft.remove(owner, type)
      return
    case 'delete-set':
      if (!isKept(change.type)) draft.remove(owner, change.type)
      return
    case 'delete-record': {
      const { type, rdata } = change
      // The zone keeps its SOA and at least one server.
      if (isApex && type === RecordType.SOA) return
      const isLastServer = isApex && type === RecordType.NS && draft.count(owner, type) === 1
      if (!isLastServer) draft.removeRecord(owner, type, rdata)
    }
  }
}

function addRecord(
  draft: ZoneDraft,
  { owner, type, ttl, rdata }: Extract<RecordChange, { kind: 'add' }>,
  isApex: boolean,
): void {
  const isAlias = type === RecordType.CNAME
  // RFC 6672 section 5.2 has the same for a DNAME beside a CNAME, in whichever order they come.
  if (isAlias ? draft.hasOtherThan(owner, type) : draft.count(owner, RecordType.CNAME) > 0) return
  if (type === RecordType.SOA) {
    const current = draft.first(owner, type)
    if (!isApex || current === undefined || !isSerialAfter(soaSerial(rdata), soaSerial(current))) return
  }
  draft.add(owner, type, ttl, rdata, isSingle(type))
}

/** Why the zone cannot hold what all changes together would make; one line. */
function faultOf(draft: ZoneDraft, changes: readonly RrsetChange[]): string | undefined {
  const owners = new Map<string, Uint8Array>()
  const dnames: Uint8Array[] = []
  for (const { owner, type, rrset } of changes) {
    if (rrset === undefined) continue
    if (messageBytes(rrset) > MAX_RRSET_BYTES) return 'the records of a type at a name would fit no message'
    owners.set(nameText(owner), owner)
    if (type !== RecordType.DNAME) continue
    // RFC 6672 section 2.4: nothing stands below a DNAME. A file with such records could not be read again.
    if (hasRecordsBelow(draft, owner)) return 'there are names below the DNAME'
    dnames.push(owner)
  }
  for (const owner of owners.values()) {
    if (draft.types(owner).size > MAX_TYPES_AT_A_NAME) return 'the name would have too many types of records'
    const above = deepestAbove(draft.zone, owner)
    if (above !== undefined && draft.count(above, RecordType.DNAME) > 0) return 'the name would be below a DNAME'
  }
  return areSomeBelow([...owners.values()], dnames) ? 'the name would be below a DNAME' : undefined
}

/**
 * The longest name above one that the zone has, without those above the apex: if a DNAME stands anywhere above, then there. What is above a
 * name of the zone is there too, so that a few look-ups find it, however many labels the name has.
 */
function deepestAbove(zone: MemoryZone, name: Uint8Array): Uint8Array | undefined {
  const starts: number[] = []
  for (let start = 0; name.length - start > zone.apex.length; ) {
    start += 1 + (name[start] as number)
    starts.push(start)
  }
  let [low, high] = [0, starts.length - 1]
  if (high < low) return undefined
  while (low < high) {
    const middle = (low + high) >> 1
    if (zone.find(name, starts[middle] as number) === NO_OWNER) low = middle + 1
    else high = middle
  }
  return name.subarray(starts[low] as number)
}

/** Whether one of the names is below another one of `tops`. */
function areSomeBelow(names: readonly Uint8Array[], tops: readonly Uint8Array[]): boolean {
  if (tops.length === 0) return false
  const isTop = new Set(tops.map(nameText))
  // In this order all names below another one come right behind it.
  const inOrder = names.map((name) => ({ name, key: canonicalKey(name) })).sort((a, b) => Buffer.compare(a.key, b.key))
  let top: Uint8Array | undefined
  for (const { name } of inOrder) {
    if (top !== undefined && isAtOrBelow(name, top)) return true
    if (isTop.has(nameText(name))) top = name
  }
  return false
}

/** As the zone is before the update: whoever wants a DNAME in the place of names removes them first. Names that come are looked at themselves. */
function hasRecordsBelow({ zone }: ZoneDraft, name: Uint8Array): boolean {
  const top = zone.find(name, 0)
  return top !== NO_OWNER && zone.childCount(top) > 0
}

/** RFC 2136 section 3.6: the serial rises, unless the update brought an SOA with a greater one. */
function withNextSerial(zone: MemoryZone, changes: readonly RrsetChange[]): RrsetChange[] {
  const isSoa = ({ owner, type }: RrsetChange): boolean => type === RecordType.SOA && equalNames(owner, zone.apex)
  if (changes.some(isSoa)) return [...changes]
  const [soa] = zone.rrsetsAt(zone.apexOwner).filter(({ type }) => type === RecordType.SOA) as [Rrset]
  const rdata = Uint8Array.from(soa.rdatas[0] as Uint8Array)
  setSoaSerial(rdata, nextSerial(soaSerial(rdata)))
  return [...changes, { owner: zone.apex, type: RecordType.SOA, rrset: { ...soa, rdatas: [rdata] } }]
}
