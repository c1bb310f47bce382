import { equalNames, parentName, Rcode, RecordType } from '@cresset/dns-wire'
import { CompactProof } from '../compact/compact-proof.ts'
import { RECORD_FIXED_BYTES, rdatasOf, soaMinimum, ttlOf } from '../records.ts'
import type { CompactDenial, Owner, Zone, ZoneSource } from '../zone-source.ts'
import type { AbsenceProof } from './absence-proof.ts'
import { addAdditional } from './additional.ts'
import { type Location, locate } from './locate.ts'
import { addRedirect, type Redirect } from './redirect.ts'
import { addReferral } from './referral.ts'
import type { Request } from './request.ts'
import type { Response, Section } from './response.ts'
import { proofOf } from './zone-proof.ts'

/** Aliases followed in one answer; the reader goes on from the last. */
const MAX_CNAME_HOPS = 8

/** RFC 4035 section 3.1.4.1: DS belongs to the parent's side of a cut, if the parent is served here. */
export function zoneFor(name: Uint8Array, type: number, source: ZoneSource): Zone | undefined {
  const zone = source.findZone(name, 0)
  if (type !== RecordType.DS || zone === undefined || !equalNames(zone.apex, name)) return zone
  const parent = parentName(name)
  return parent === undefined ? zone : (source.findZone(parent, 0) ?? zone)
}

/** A name and where it stands in a zone. */
interface Place {
  readonly zone: Zone
  readonly name: Uint8Array
  readonly location: Location
}

/** RFC 1034 section 4.3.2, with aliases followed through all zones held here, and proofs for readers that validate. */
export class Lookup {
  readonly #response: Response
  readonly #source: ZoneSource
  readonly #type: number
  readonly #firstName: Uint8Array
  /** RFC 4035 section 3.1: signatures and proofs only for those who ask for them. */
  readonly #isDnssecOk: boolean
  /** RFC 9824 section 5.1: the reader validates, and takes NXDOMAIN with a proof by NXNAME. */
  readonly #isCompactOk: boolean
  /** Names that wildcards answered for; `offset` is where the closest encloser's starts. */
  readonly #expansions: { readonly zone: Zone; readonly name: Uint8Array; readonly offset: number }[] = []
  /** Made when one is needed: most answers have none. */
  #proofs: Map<Zone, AbsenceProof> | undefined
  /** DNAMEs in the answer. */
  readonly #redirects: Redirect[] = []

  constructor(response: Response, request: Request, source: ZoneSource) {
    this.#response = response
    this.#source = source
    this.#type = request.type
    this.#firstName = request.name
    this.#isDnssecOk = request.edns?.dnssecOk ?? false
    this.#isCompactOk = this.#isDnssecOk && request.edns?.compactOk === true
  }

  /** Fills the response, beginning in the zone that the question belongs to. */
  follow(firstZone: Zone): void {
    const end = this.#walk(firstZone)
    for (const { zone, name, offset } of this.#expansions) this.#proof(zone)?.expanded(name, offset)
    end?.()
  }

  /** Fills the answer section; gives what fills those behind it. */
  #walk(firstZone: Zone): (() => void) | undefined {
    const response = this.#response
    const visited: Uint8Array[] = []
    let name = this.#firstName
    let zone: Zone | undefined = firstZone
    while (zone !== undefined) {
      const here = { zone, name, location: locate(zone, name, 0) }
      const { kind, offset } = here.location
      const isParentData = this.#type === RecordType.DS && offset === 0
      if (kind === 'cut' && !isParentData)
        return () => addReferral(response, this.#source, here.zone, here.location, here.name, this.#isDnssecOk)
      response.isAuthoritative = true
      if (zone.compact !== undefined) {
        if (this.#isCompactOk) response.isCompactOk = true
        if (this.#addMade(here, zone.compact)) return undefined
      }
      if (kind === 'absent') {
        // RFC 6604 section 3: the code tells about the last name of the chain.
        response.rcode = this.#absentRcode(zone)
        return () => this.#deny(here.zone, (proof) => proof.absent(here.name, offset))
      }
      if (kind === 'redirect') {
        const alias = addRedirect(response, this.#redirects, zone, here.location, name, this.#isDnssecOk)
        // The alias that was made is what a question for aliases asks for.
        if (alias === undefined || this.#type === RecordType.CNAME || this.#type === RecordType.ANY) return undefined
        name = alias
      } else {
        const found = this.#answerAt(here)
        if (typeof found === 'function') return found
        name = found
      }
      visited.push(here.name)
      const next = name
      // The chain ends where it comes back to itself, goes on too long, or leaves the zones held here.
      if (visited.length > MAX_CNAME_HOPS || visited.some((earlier) => equalNames(earlier, next))) return undefined
      zone = zoneFor(name, this.#type, this.#source)
    }
    return undefined
  }

  /** Answers from an existing owner. Gives the name to go on with when it has an alias, else what fills the other sections. */
  #answerAt(here: Place): Uint8Array | (() => void) {
    const { zone, name, location } = here
    const { kind, owner, offset } = location
    const isExpanded = kind === 'wildcard'
    const type = this.#type === RecordType.ANY ? anyType(zone, owner) : this.#type
    const records = type === undefined ? undefined : recordsOf(zone, owner, type)
    const alias = records === undefined ? zone.rrset(owner, RecordType.CNAME) : undefined
    if (isExpanded && (records ?? alias) !== undefined) this.#expansions.push({ zone, name, offset })
    if (type !== undefined && records !== undefined) {
      // An alias may have led from below a DNAME to the DNAME that is asked for.
      const isShown = this.#redirects.some((redirect) => redirect.zone === zone && redirect.owner === owner)
      if (type !== RecordType.DNAME || !isShown) this.#addAnswer(here, type, records)
      return () => {
        if (!this.#response.isTruncated) addAdditional(this.#response, this.#source, name, records, this.#isDnssecOk)
      }
    }
    if (alias !== undefined) {
      this.#addAnswer(here, RecordType.CNAME, alias)
      return alias.subarray(RECORD_FIXED_BYTES)
    }
    return () =>
      this.#deny(zone, (proof) => (isExpanded ? proof.noWildcardData(name, offset, owner) : proof.noData(name, owner)))
  }

  /**
   * Answers questions for the NSEC, or the signatures, of a name in a zone that makes them for the question: it says of each name that both are
   * there. False for all others.
   */
  #addMade({ zone, name, location: { kind, owner } }: Place, compact: CompactDenial): boolean {
    const type = this.#type
    if (type !== RecordType.NSEC && type !== RecordType.RRSIG) return false
    // Who does not validate hears that the name is not there.
    if (kind === 'redirect' || (kind === 'absent' && !this.#isDnssecOk)) return false
    if (type === RecordType.RRSIG && kind === 'exact' && zone.types(owner).length > 0) return false
    const proof = new CompactProof(this.#response, zone, compact)
    proof.addAsked(type, name, kind === 'absent' ? undefined : owner, this.#isDnssecOk)
    return true
  }

  /** RFC 9824 section 5: with NXNAME, NOERROR is what those expect who do not say otherwise. */
  #absentRcode({ compact }: Zone): number {
    return compact !== undefined && this.#isDnssecOk && !this.#isCompactOk ? Rcode.NOERROR : Rcode.NXDOMAIN
  }

  #addAnswer({ zone, name, location: { kind, owner } }: Place, type: number, records: Uint8Array): void {
    const { compact } = zone
    if (compact === undefined || kind !== 'wildcard' || !this.#isDnssecOk) {
      this.#addSigned('answer', zone, owner, name, type, records)
      return
    }
    // RFC 9824 section 3.3: signed as if they stood at the name.
    this.#response.addRequired('answer', name, 0, records)
    const rrset = { owner: name, type, ttl: ttlOf(records), rdatas: rdatasOf(records) }
    this.#response.addUnsigned('answer', zone.apex, rrset, compact)
  }

  /** RFC 2308 sections 3 and 5: SOA in the authority section, for no longer than its last field says. */
  #deny(zone: Zone, prove: (proof: AbsenceProof) => void): void {
    const soa = zone.rrset(zone.apexOwner, RecordType.SOA)
    if (soa === undefined) return
    this.#addSigned('authority', zone, zone.apexOwner, zone.apex, RecordType.SOA, soa, soaMinimum(soa))
    const proof = this.#proof(zone)
    if (proof !== undefined) prove(proof)
  }

  #addSigned(
    section: Section,
    zone: Zone,
    owner: Owner,
    name: Uint8Array,
    type: number,
    records: Uint8Array,
    maxTtl?: number,
  ): void {
    this.#response.addRequired(section, name, 0, records, maxTtl)
    const signatures = this.#isDnssecOk ? zone.signatures(owner, type) : undefined
    if (signatures !== undefined) this.#response.addRequired(section, name, 0, signatures, maxTtl)
  }

  #proof(zone: Zone): AbsenceProof | undefined {
    const proof = this.#isDnssecOk ? (this.#proofs?.get(zone) ?? proofOf(this.#response, zone)) : undefined
    if (proof === undefined) return undefined
    this.#proofs ??= new Map()
    this.#proofs.set(zone, proof)
    return proof
  }
}

/** RFC 8482 section 4.1: one RRset, always the same one, stands for all. */
function anyType(zone: Zone, owner: Owner): number | undefined {
  return zone.types(owner).find((type) => type !== RecordType.RRSIG)
}

/** Signatures are no RRset (RFC 4034 section 3); whoever asks for them gets those over all types of the name. */
function recordsOf(zone: Zone, owner: Owner, type: number): Uint8Array | undefined {
  if (type !== RecordType.RRSIG) return zone.rrset(owner, type)
  const parts = zone.types(owner).map((covered) => zone.signatures(owner, covered) ?? new Uint8Array())
  const records = Buffer.concat(parts)
  return records.length === 0 ? undefined : records
}
