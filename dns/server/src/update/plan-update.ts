import { equalNames, Rcode, RecordType, type ResourceRecord, type Rrset } from '@cresset/dns-wire'
import { setSoaSerial, soaSerial } from '../records.ts'
import { isSerialAfter, nextSerial } from '../serial.ts'
import { MAX_RRSET_BYTES, type MemoryZone, messageBytes } from '../store/memory-zone.ts'
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
  const fault = changes.map((change) => faultOf(draft, change)).find((text) => text !== undefined)
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
  for (const other of draft.types(owner)) if ((other === RecordType.CNAME) !== isAlias) return
  if (type === RecordType.SOA) {
    const current = draft.first(owner, type)
    if (!isApex || current === undefined || !isSerialAfter(soaSerial(rdata), soaSerial(current))) return
  }
  draft.add(owner, type, ttl, rdata, isSingle(type))
}

/** Why the zone cannot hold an RRset that all changes together would make; one line. */
function faultOf(draft: ZoneDraft, { owner, type, rrset }: RrsetChange): string | undefined {
  if (rrset === undefined) return undefined
  const { zone } = draft
  if (messageBytes(rrset) > MAX_RRSET_BYTES) return 'the records of a type at a name would fit no message'
  if (draft.types(owner).size > MAX_TYPES_AT_A_NAME) return 'the name would have too many types of records'
  // RFC 6672 section 2.4: nothing stands below a DNAME. A file with such records could not be read again.
  if (type === RecordType.DNAME && hasRecordsBelow(draft, owner)) return 'there are names below the DNAME'
  for (let above = owner; above.length > zone.apex.length; ) {
    above = above.subarray(1 + (above[0] as number))
    if (draft.count(above, RecordType.DNAME) > 0) return 'the name would be below a DNAME'
  }
  return undefined
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
