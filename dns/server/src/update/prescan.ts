import {
  isAtOrBelow,
  isMetaType,
  lowerCaseName,
  MAX_TTL_SECONDS,
  Rcode,
  RecordClass,
  RecordType,
  type ResourceRecord,
} from '@cresset/dns-wire'
import { belongsToSigning, keptRdata } from './record-rules.ts'
import { isGranted, type UpdateGrant } from './update-grant.ts'
import { UpdateRcode } from './update-rcode.ts'

/** One change that an update asks for (RFC 2136 section 2.5). Owners are lower-case wire names. */
export type RecordChange =
  | {
      readonly kind: 'add'
      readonly owner: Uint8Array
      readonly type: number
      readonly ttl: number
      readonly rdata: Uint8Array
    }
  | { readonly kind: 'delete-record'; readonly owner: Uint8Array; readonly type: number; readonly rdata: Uint8Array }
  | { readonly kind: 'delete-set'; readonly owner: Uint8Array; readonly type: number }
  | { readonly kind: 'delete-name'; readonly owner: Uint8Array }

export type Prescan =
  | { readonly kind: 'good'; readonly changes: readonly RecordChange[] }
  | { readonly kind: 'bad'; readonly rcode: number; readonly text: string }

const bad = (rcode: number, text: string): Prescan => ({ kind: 'bad', rcode, text })

/** Checks all that can be checked without the zone's data (RFC 2136 sections 3.3 and 3.4.1), before anything changes. */
export function prescan(apex: Uint8Array, records: readonly ResourceRecord[], grants: readonly UpdateGrant[]): Prescan {
  const changes: RecordChange[] = []
  for (const record of records) {
    const change = readChange(apex, record)
    if (typeof change === 'string') return bad(change === 'outside' ? UpdateRcode.NOTZONE : Rcode.FORMERR, change)
    changes.push(change)
  }
  for (const change of changes) {
    const { owner } = change
    const type = change.kind === 'delete-name' ? undefined : change.type
    const isApex = owner.length === apex.length
    if (type !== undefined && belongsToSigning(type, isApex))
      return bad(Rcode.REFUSED, 'records of DNSSEC are made by the server')
    if (!isGranted(grants, owner, type)) return bad(Rcode.REFUSED, 'the key may not change this')
  }
  return { kind: 'good', changes }
}

/** A text says what is wrong with the record. */
function readChange(apex: Uint8Array, record: ResourceRecord): RecordChange | string {
  const { type, ttl, rdata } = record
  const owner = lowerCaseName(record.name)
  if (!isAtOrBelow(owner, apex)) return 'outside'
  switch (record.class) {
    case RecordClass.IN: {
      if (isMetaType(type)) return 'no zone holds records of this type'
      const kept = keptRdata(type, rdata)
      if (kept === undefined) return 'a record is not well-formed'
      // RFC 2181 section 8: with the first bit set it counts as 0.
      return { kind: 'add', owner, type, ttl: ttl > MAX_TTL_SECONDS ? 0 : ttl, rdata: kept }
    }
    case RecordClass.ANY:
      if (ttl !== 0 || rdata.length !== 0) return 'a deletion has a TTL or data'
      if (type === RecordType.ANY) return { kind: 'delete-name', owner }
      return isMetaType(type) ? 'no zone holds records of this type' : { kind: 'delete-set', owner, type }
    case RecordClass.NONE: {
      if (ttl !== 0) return 'a deletion has a TTL'
      if (isMetaType(type)) return 'no zone holds records of this type'
      const kept = keptRdata(type, rdata)
      return kept === undefined ? 'a record is not well-formed' : { kind: 'delete-record', owner, type, rdata: kept }
    }
    default:
      return 'the class is none that an update has'
  }
}
