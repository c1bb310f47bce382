import { RecordType, type Rrset, readRrsig } from '@cresset/dns-wire'
import type { StoredSigning, StoredState } from '../journal/stored-change.ts'
import { bytesOfZone } from '../journal/zone-difference.ts'
import type { RestoredZone } from '../journal/zone-frames.ts'
import { encodeRecords, rdatasOf, soaSerial, ttlOf } from '../records.ts'
import { type Delegation, delegationRrsets, isForZoneAbove } from '../sign/delegation-records.ts'
import type { Denial } from '../sign/denial.ts'
import { DnskeyFlags, dsRdata, type ZoneKey } from '../sign/zone-key.ts'
import type { SigningKeys } from '../sign/zone-signing.ts'
import { type MemoryZone, RrsetNames } from '../store/memory-zone.ts'
import type { ZoneFileResult } from './load-zone-file.ts'
import { NO_SIGNALS, type Signals } from './signals.ts'
import { finishSliced, Slice } from './slice.ts'
import { emptyZone } from './zone-builder.ts'
import { earliestExpiration, keysOfZone, type ZoneKeyStatus } from './zone-status.ts'

export interface GoodZone extends ZoneFileResult {
  readonly zone: MemoryZone
  /** True when there are changes by updates that the file does not have. */
  readonly isUpdated: boolean
}

export interface SignedZone extends GoodZone {
  /** With which it was signed here. */
  readonly signedBy?: SigningKeys | undefined
  /** Those of them, in whichever part, that stand in its DNSKEY records. */
  readonly listed: readonly Pick<ZoneKey, 'dnskey'>[]
  readonly delegation?: Delegation | undefined
  /** What it shows of other zones. */
  readonly signals: Signals
}

/** One version of a zone as it is served. */
export interface ServedZone extends SignedZone {
  readonly loadedAtMs: number
  readonly earliestExpiration: number | undefined
  readonly keyStatus: readonly ZoneKeyStatus[]
  /** As `ZoneDifference` counts them. */
  readonly zoneBytes: number
}

/** `zoneBytes` when it is known. */
export async function servedVersion(signed: SignedZone, nowMs: number, zoneBytes?: number): Promise<ServedZone> {
  const { zone, listed } = signed
  return {
    ...signed,
    loadedAtMs: nowMs,
    earliestExpiration: await earliestExpiration(zone, Math.floor(nowMs / 1_000)),
    keyStatus: keysOfZone(zone, listed),
    zoneBytes: zoneBytes ?? (await finishSliced(bytesOfZone(zone))),
  }
}

/** A copy of the zone as it was before it was signed here. */
export async function withoutSigning({ zone, apex, listed, signals }: SignedZone): Promise<MemoryZone> {
  const copy = emptyZone(apex)
  const slice = new Slice()
  const shown = new RrsetNames(signals.rrsets)
  for (const rrset of zone.rrsets()) {
    if (slice.isOver()) await slice.next()
    if (rrset.type === RecordType.RRSIG || rrset.type === RecordType.NSEC) continue
    if (shown.typesOf(rrset.owner)?.has(rrset.type) === true) continue
    const isOwn = (rdata: Uint8Array): boolean => listed.some(({ dnskey }) => Buffer.compare(dnskey, rdata) === 0)
    const rdatas = rrset.type === RecordType.DNSKEY ? rrset.rdatas.filter((rdata) => !isOwn(rdata)) : rrset.rdatas
    if (rdatas.length > 0) copy.put({ ...rrset, rdatas })
  }
  return copy
}

/** The same as it belongs into a file: also without what is made anew with each signing. */
export async function recordsForFile(served: SignedZone): Promise<MemoryZone> {
  // Also of what is stored as keys signed it that are gone.
  if (served.listed.length === 0) return served.zone
  const zone = await withoutSigning(served)
  zone.remove(zone.apex, RecordType.ZONEMD)
  if (served.delegation !== undefined)
    for (const type of zone.types(zone.apexOwner))
      if (isForZoneAbove(type) && type !== RecordType.DNSKEY) zone.remove(zone.apex, type)
  return zone
}

/** RDATA of the DS records for the zone above. */
export function signersOf(apex: Uint8Array, { keys }: SigningKeys): Uint8Array[] {
  const entryPoints = keys.filter(({ flags }) => flags === DnskeyFlags.entryPoint)
  return entryPoints.map(({ dnskey }) => dsRdata(apex, dnskey))
}

/** What is stored of a version besides its records. */
export function stateOf(version: SignedZone): StoredState {
  const { files, isUpdated, records, listed, signedBy, signals, zone, delegation } = version
  const shown = signals.rrsets.map(({ owner }) => hexOf(owner))
  const signed =
    signedBy === undefined
      ? null
      : {
          dnskeys: listed.map(({ dnskey }) => hexOf(dnskey)),
          denial: denialOf(zone),
          signals: [...new Set([...shown, ...(delegation === undefined ? [] : [hexOf(zone.apex)])])],
        }
  return { files, isUpdated, records, signed }
}

/** A stored version as it was served. `keys` are those that sign it still; undefined when they are others now, or none. */
export async function restoredVersion(
  { zone, state }: RestoredZone,
  keys: SigningKeys | undefined,
  nowMs: number,
): Promise<ServedZone> {
  const soa = zone.soa
  const signed: SignedZone = {
    apex: zone.apex,
    zone,
    records: state.records,
    serial: soa === undefined ? 0 : soaSerial(soa),
    files: state.files,
    remarks: [],
    errors: 0,
    warnings: 0,
    isUpdated: state.isUpdated,
    ...(keys && { signers: signersOf(zone.apex, keys) }),
    signedBy: keys,
    listed: (state.signed?.dnskeys ?? []).map((text) => ({ dnskey: bytesOf(text) })),
    delegation: keys?.delegation,
    signals: shownSignals(zone, state.signed),
  }
  return await servedVersion(signed, nowMs)
}

/** Whether a stored version is signed as it would be signed now. */
export function isSignedAlike(
  { zone, state }: RestoredZone,
  keys: SigningKeys | undefined,
  denial: Denial | undefined,
): boolean {
  if (state.signed === null || keys === undefined) return state.signed === null && keys === undefined
  const listed = [...keys.keys, ...(keys.passing ?? [])].map(({ dnskey }) => hexOf(dnskey))
  const { dnskeys } = state.signed
  return (
    state.signed.denial === (denial ?? 'chain') &&
    isSignedByAll(zone, keys.keys) &&
    hasDelegation(zone, state.signed, keys.delegation) &&
    listed.length === dnskeys.length &&
    listed.every((dnskey) => dnskeys.includes(dnskey))
  )
}

/** While a key takes the place of another one both are listed, and one of them signs. */
function isSignedByAll(zone: MemoryZone, keys: readonly ZoneKey[]): boolean {
  const signatures = rdatasOf(zone.signatures(zone.apexOwner, RecordType.SOA) ?? new Uint8Array())
  const tags = signatures.map((rdata) => readRrsig(rdata)?.keyTag)
  return tags.length === keys.length && keys.every(({ tag }) => tags.includes(tag))
}

function hasDelegation(zone: MemoryZone, { signals }: StoredSigning, wanted: Delegation | undefined): boolean {
  if (wanted === undefined || !signals.includes(hexOf(zone.apex)))
    return wanted === undefined && !signals.includes(hexOf(zone.apex))
  const dnskeys = zone.rrset(zone.apexOwner, RecordType.DNSKEY)
  if (dnskeys === undefined) return false
  return delegationRrsets(zone.apex, wanted, ttlOf(dnskeys)).every((rrset) => {
    const present = zone.rrset(zone.apexOwner, rrset.type)
    return present !== undefined && Buffer.compare(present, encodeRecords(rrset)) === 0
  })
}

/** Signals that stand in a stored zone. Their text is that of no others, so that they are looked at again. */
function shownSignals(zone: MemoryZone, signed: StoredSigning | null): Signals {
  const rrsets: Rrset[] = (signed?.signals ?? []).flatMap((text) => {
    const owner = zone.find(bytesOf(text), 0)
    return owner < 0
      ? []
      : zone.rrsetsAt(owner).filter(({ type }) => type === RecordType.CDS || type === RecordType.CDNSKEY)
  })
  return rrsets.length === 0 ? NO_SIGNALS : { rrsets, text: 'restored' }
}

const denialOf = (zone: MemoryZone): Denial =>
  zone.rrset(zone.apexOwner, RecordType.NSEC) === undefined ? 'compact' : 'chain'
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'))
