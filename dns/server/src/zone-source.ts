/**
 * Where `answer` reads from: wire-format RRsets by owner and type, synchronously. Handles and byte views belong to one
 * generation; they must not be kept past the call that asked for them.
 */

/** An owner name in one zone, or an empty non-terminal. */
export type Owner = number

/** No such owner. */
export const NO_OWNER: Owner = -1

/**
 * One zone. An RRset is its records one after another, each `type, class, TTL, RDLENGTH, RDATA` as on the wire without
 * the owner's name; names in RDATA are uncompressed and lower-case.
 */
export interface Zone {
  /** Lower-case wire name. */
  readonly apex: Uint8Array
  readonly apexOwner: Owner
  /** The owner whose lower-case wire name starts at `bytes[offset]`; also empty non-terminals. */
  find(bytes: Uint8Array, offset: number): Owner
  /** The owner `*` directly below `owner`, the source of synthesis of RFC 4592. */
  findWildcard(owner: Owner): Owner
  /** Owners directly below; an owner with children and without RRsets is an empty non-terminal. */
  childCount(owner: Owner): number
  /** Types present at the owner, rising. */
  types(owner: Owner): readonly number[]
  rrset(owner: Owner, type: number): Uint8Array | undefined
  /** The RRSIG records over that RRset, in the same form. Undefined in an unsigned zone. */
  signatures(owner: Owner, type: number): Uint8Array | undefined
}

export interface ZoneSource {
  /** Rises with each visible change: everything read at one generation belongs together. */
  readonly generation: number
  /** True when the data is older than the zones' SOA EXPIRE allows, so that it must not be answered. */
  readonly isStale: boolean
  /** The zone with the longest apex that the lower-case wire name at `bytes[offset]` is at or below. */
  findZone(bytes: Uint8Array, offset: number): Zone | undefined
}

/** Bytes of a record before its RDATA: type, class, TTL, RDLENGTH. */
export const RECORD_FIXED_BYTES = 10
