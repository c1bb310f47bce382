/**
 * Where `answer` reads from: wire-format RRsets by owner and type, synchronously. Handles and byte views belong to one
 * generation; they must not be kept past the call that asked for them.
 */

import type { SignatureTimes } from './sign/times.ts'

/** An owner name in one zone, or an empty non-terminal. */
export type Owner = number

/** No such owner. */
export const NO_OWNER: Owner = -1

/**
 * One zone. RRsets have the form of `records.ts`; names in RDATA are lower-case but for those that are signed in the case they have
 * (NSEC, SVCB, HTTPS).
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
  /** False while nothing of it may be answered: it is to be signed, and cannot be here. */
  readonly isServable: boolean
  /** What proves absence; undefined in a zone without it. */
  readonly chain: DenialChain | undefined
  /** Of a zone that proves absence by records made for each question instead of a chain. */
  readonly compact: CompactDenial | undefined
}

/** Whether the zone proves what it does not have. */
export function hasProofs({ chain, compact }: Zone): boolean {
  return chain !== undefined || compact !== undefined
}

/** What signs denials that are made for the question (RFC 9824). They are neither stored nor kept. */
export interface CompactDenial {
  /** Each signs what is made. */
  readonly keys: readonly SigningKey[]
  /** When signatures that are made now hold. */
  times(): SignatureTimes
  /**
   * Makes signatures of `SIGNATURE_BYTES`, one for each request, in the same order; in other threads, or together with other nodes. Rejects
   * when it cannot.
   */
  sign(requests: readonly SignatureRequest[]): Promise<readonly Uint8Array[]>
}

export interface SignatureRequest {
  readonly key: SigningKey
  /** What is to be signed (RFC 4034 section 3.1.8.1). */
  readonly bytes: Uint8Array
}

/** A key as answers know it: they name it, and what signs comes later. */
export interface SigningKey {
  /** DNSSEC algorithm number; its signatures have `SIGNATURE_BYTES`. */
  readonly algorithm: number
  /** RFC 4034 appendix B. */
  readonly tag: number
}

/** Of Ed25519 (RFC 8080) and ECDSA over P-256 (RFC 6605) alike. */
export const SIGNATURE_BYTES = 64

/** One NSEC or NSEC3 RRset, with its signatures. */
export interface ChainLink {
  /** Wire name of its owner. */
  readonly name: Uint8Array
  readonly records: Uint8Array
  readonly signatures: Uint8Array | undefined
  /** True when it belongs to the name that was asked for; false when it spans the place where that would be. */
  readonly isMatch: boolean
}

/** The links of a zone in their order: by name (RFC 4034 section 4), or by hash of the name (RFC 5155). */
export interface DenialChain {
  readonly kind: 'nsec' | 'nsec3'
  /** The link of the lower-case wire name, which is at or below the apex, or the one that spans it. Undefined when there are no links. */
  find(name: Uint8Array): ChainLink | undefined
}

export interface ZoneSource {
  /** Rises with each visible change: everything read at one generation belongs together. */
  readonly generation: number
  /** True when the data is older than the zones' SOA EXPIRE allows, so that it must not be answered. */
  readonly isStale: boolean
  /** The zone with the longest apex that the lower-case wire name at `bytes[offset]` is at or below. */
  findZone(bytes: Uint8Array, offset: number): Zone | undefined
}
