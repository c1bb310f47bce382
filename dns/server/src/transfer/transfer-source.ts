import type { ZoneDifference } from '../journal/zone-difference.ts'
import type { MemoryZone, ZoneEntry } from '../store/memory-zone.ts'
import type { CompactDenial } from '../zone-source.ts'

/** One version of a zone, as it is given away. It does not change once it is handed out. */
export interface TransferZone {
  /** Lower-case wire name. */
  readonly apex: Uint8Array
  /** Its SOA record, in the form of `records.ts`. */
  readonly soa: Uint8Array | undefined
  /** Set when its denials are made for each question: no other server could serve it. */
  readonly compact?: CompactDenial | undefined
  /** All its records, signatures and chain included. */
  entries(): Iterable<ZoneEntry>
}

/** Zones as a whole. */
export interface TransferSource<Given extends TransferZone | 'not-ready' = MemoryZone> {
  /** The newest version; `not-ready` when the zone is served here and cannot be given away now. */
  zone(apex: Uint8Array): Given | undefined
  /** What leads this taker from the version with this serial to the one that `zone` gives; undefined when that is not known. */
  differences?(apex: Uint8Array, serial: number, taker: string): readonly ZoneDifference[] | undefined
  /**
   * Told of who has a version by now. A source that asks for it may have other signatures than another server with the same serial; its
   * changes are given by TCP alone.
   */
  given?(apex: Uint8Array, serial: number, taker: string): void
}

export type AnyTransferSource = TransferSource<TransferZone | 'not-ready'>
