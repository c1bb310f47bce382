import type { Owner } from '../zone-source.ts'

/**
 * Proofs of what a signed zone does not have, for readers that validate. Names are lower-case wire names in the zone; `encloserOffset`
 * is where in the name that of its closest encloser starts.
 */
export interface AbsenceProof {
  /** The name, which may be an empty non-terminal, has no such records. */
  noData(name: Uint8Array, owner: Owner): void
  /** The answer was made from a wildcard: the name itself is not there. */
  expanded(name: Uint8Array, encloserOffset: number): void
  /** The name is not there, and `wildcard`, which stands for it, has no such records. */
  noWildcardData(name: Uint8Array, encloserOffset: number, wildcard: Owner): void
  /** The name is not there, and no wildcard stands for it. */
  absent(name: Uint8Array, encloserOffset: number): void
}
