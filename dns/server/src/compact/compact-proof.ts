import { RecordType, type Rrset, typeBitmap } from '@cresset/dns-wire'
import type { AbsenceProof } from '../answer/absence-proof.ts'
import type { Response } from '../answer/response.ts'
import { encodeRecords, soaMinimum, ttlOf } from '../records.ts'
import { isCut, listedTypes } from '../sign/authority.ts'
import type { CompactDenial, Owner, Zone } from '../zone-source.ts'
import { nameBehind, nextName } from './next-name.ts'

const OF_EACH_NAME = [RecordType.RRSIG, RecordType.NSEC] as const

/**
 * Proofs of absence made for the question (RFC 9824 section 3): one NSEC at the very name that was asked for, which therefore denies nothing else.
 * Its signatures are missing until somebody makes them.
 */
export class CompactProof implements AbsenceProof {
  readonly #response: Response
  readonly #zone: Zone
  readonly #denial: CompactDenial

  constructor(response: Response, zone: Zone, denial: CompactDenial) {
    this.#response = response
    this.#zone = zone
    this.#denial = denial
  }

  /** Section 3.2; for a delegation without a DS section 3.4. An empty non-terminal has no types of its own. */
  noData(name: Uint8Array, owner: Owner): void {
    this.#deny(name, this.#typesOf(owner), isCut(this.#zone, owner))
  }

  /** Section 3.3: the records are signed at the name itself, so there is nothing to prove. */
  expanded(): void {}

  /** Section 3.3. */
  noWildcardData(name: Uint8Array, _encloserOffset: number, wildcard: Owner): void {
    this.#deny(name, this.#typesOf(wildcard))
  }

  /** Section 3.1. */
  absent(name: Uint8Array): void {
    this.#deny(name, [RecordType.NXNAME])
  }

  /** The same NSEC, or the signature over it, as an answer: its bitmap says that both are there. `owner` is undefined for a name that is not. */
  addAsked(type: number, name: Uint8Array, owner: Owner | undefined, isDnssecOk: boolean): void {
    const isForRecord = type === RecordType.NSEC
    const rrset = this.#nsec(name, owner === undefined ? [RecordType.NXNAME] : this.#typesOf(owner), false)
    if (isForRecord) this.#response.addRequired('answer', name, 0, encodeRecords(rrset))
    if (!isForRecord || isDnssecOk) this.#response.addUnsigned('answer', this.#zone.apex, rrset, this.#denial)
  }

  #typesOf(owner: Owner): number[] {
    return listedTypes(this.#zone, owner)
  }

  #deny(name: Uint8Array, types: readonly number[], isDelegation = false): void {
    const rrset = this.#nsec(name, types, isDelegation)
    this.#response.addRequired('authority', name, 0, encodeRecords(rrset))
    this.#response.addUnsigned('authority', this.#zone.apex, rrset, this.#denial)
  }

  #nsec(name: Uint8Array, types: readonly number[], isDelegation: boolean): Rrset {
    const { apex, apexOwner } = this.#zone
    // A zone without one is not served.
    const soa = this.#zone.rrset(apexOwner, RecordType.SOA) as Uint8Array
    // Section 3.4: what is below a delegation is of another zone, and no name of this one.
    const next = isDelegation ? nameBehind(name, apex.length) : nextName(name, apex.length)
    const rdata = Buffer.concat([next, typeBitmap([...types, ...OF_EACH_NAME])])
    // RFC 9077 section 3.
    return { owner: name, type: RecordType.NSEC, ttl: Math.min(ttlOf(soa), soaMinimum(soa)), rdatas: [rdata] }
  }
}
