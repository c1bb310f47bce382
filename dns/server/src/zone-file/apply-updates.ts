import { Rcode, RecordType } from '@cresset/dns-wire'
import { bytesOfZone, differenceAt, type ZoneDifference } from '../journal/zone-difference.ts'
import { soaSerial } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import type { UpdatePlan } from '../update/plan-update.ts'
import type { UpdateOutcome } from '../update/update-server.ts'
import { nameText } from '../versions/name-text.ts'
import { changeZone } from './change-zone.ts'
import type { ServedZone } from './served-version.ts'
import { finishSliced } from './slice.ts'
import { changesSome, recordsGained } from './version-changes.ts'

/** Decides what an update comes to on a zone, which it does not change. */
export type PlanUpdate = (zone: MemoryZone) => UpdatePlan

/** What updates come to that nobody sees yet. */
export interface AppliedUpdates {
  /** Of each of them. Those from the first change on count when that version is stored. */
  readonly outcomes: readonly UpdateOutcome[]
  /** Undefined when nothing changes. */
  readonly version?: {
    readonly next: ServedZone
    readonly difference: ZoneDifference | undefined
    /** True when servers of a zone came or went. */
    readonly hasOtherServers: boolean
  }
}

export const refusal = (text: string): UpdateOutcome => ({ kind: 'refused', rcode: Rcode.REFUSED, text })

/** Carries out updates one after another, each on what those before it made, on a copy of a zone: together they are its next version. */
export async function applyUpdates(served: ServedZone, plans: readonly PlanUpdate[]): Promise<AppliedUpdates> {
  const { keys } = served.signedBy ?? {}
  const nowSeconds = Math.floor(Date.now() / 1_000)
  const signing = keys && { keys, nowSeconds, hasChain: served.zone.compact === undefined }
  const outcomes: UpdateOutcome[] = []
  const touched = new Map<string, Uint8Array>()
  let { zone, records } = served
  let hasOtherServers = false
  for (const plan of plans) {
    const decided = plan(zone)
    if (decided.kind === 'answer') {
      const isRefused = decided.rcode === Rcode.REFUSED || decided.rcode === Rcode.FORMERR
      outcomes.push({ ...decided, kind: isRefused ? 'refused' : 'unchanged' })
      continue
    }
    const { changes } = decided
    if (changesSome(served.signals.rrsets, changes)) {
      outcomes.push(refusal('records of DNSSEC are made by the server'))
      continue
    }
    // Whoever takes the zone as a whole goes on with the one that is there.
    if (zone === served.zone) zone = served.zone.copy()
    records += recordsGained(zone, changes)
    hasOtherServers ||= changes.some(({ type }) => type === RecordType.NS)
    for (const name of await finishSliced(changeZone(zone, changes, signing))) touched.set(nameText(name), name)
    outcomes.push({ kind: 'changed', rcode: Rcode.NOERROR, text: '' })
  }
  if (zone === served.zone) return { outcomes }
  const names = [...touched.values()]
  const difference = await finishSliced(differenceAt(served.zone, zone, names, served.zoneBytes))
  const zoneBytes = difference?.zoneBytes ?? (await finishSliced(bytesOfZone(zone)))
  const serial = soaSerial(zone.soa as Uint8Array)
  const next = { ...served, zone, records, serial, zoneBytes, isUpdated: true }
  return { outcomes, version: { next, difference, hasOtherServers } }
}
