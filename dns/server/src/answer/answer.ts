import {
  ExtendedError,
  equalNames,
  isMetaType,
  parentName,
  Rcode,
  RecordClass,
  RecordType,
  readUint32,
} from '@cresset/dns-wire'
import { type Owner, RECORD_FIXED_BYTES, type Zone, type ZoneSource } from '../zone-source.ts'
import { addAdditional } from './additional.ts'
import { type AnswerLimits, maxResponseBytes } from './limits.ts'
import { locate } from './locate.ts'
import { addRedirect } from './redirect.ts'
import { addReferral } from './referral.ts'
import { type Request, readRequest } from './request.ts'
import { Response } from './response.ts'

/** Aliases followed in one answer; the reader goes on from the last. */
const MAX_CNAME_HOPS = 8

/**
 * The response to one query, or undefined when there must be none. Pure but for one scratch buffer: the same query,
 * generation and limits give the same bytes. Never throws for any `query`.
 */
export function answer(query: Uint8Array, source: ZoneSource, limits: AnswerLimits): Uint8Array | undefined {
  const request = readRequest(query)
  if (request === undefined) return undefined
  const response = new Response(query, request, maxResponseBytes(request, limits))
  if (request.rcode === Rcode.NOERROR) fill(response, request, source)
  else if (request.rcode === Rcode.NOTIMP) response.extendedError = ExtendedError.NOT_SUPPORTED
  return response.finish()
}

function fill(response: Response, request: Request, source: ZoneSource): void {
  if (request.edns !== undefined && request.edns.version !== 0) {
    response.rcode = Rcode.BADVERS
    return
  }
  if (request.class !== RecordClass.IN) {
    response.rcode = Rcode.REFUSED
    return
  }
  const refusal = metaTypeRcode(request.type)
  if (refusal !== undefined) {
    response.rcode = refusal
    return
  }
  const zone = zoneFor(request.name, request.type, source)
  if (zone === undefined) {
    response.rcode = Rcode.REFUSED
    response.extendedError = ExtendedError.NOT_AUTHORITATIVE
    return
  }
  if (source.isStale || zone.rrset(zone.apexOwner, RecordType.SOA) === undefined) {
    response.rcode = Rcode.SERVFAIL
    // RFC 8914 section 4.25: the zone is too old or was never loaded.
    response.extendedError = source.isStale ? ExtendedError.INVALID_DATA : ExtendedError.NOT_READY
    return
  }
  follow(response, request, source, zone)
}

/** The response code for types that no zone holds; undefined for types to look up. */
function metaTypeRcode(type: number): number | undefined {
  if (!isMetaType(type) || type === RecordType.ANY) return undefined
  switch (type) {
    // Transfers have a server of their own, and this one is not it.
    case RecordType.AXFR:
    case RecordType.IXFR:
      return Rcode.REFUSED
    case RecordType.MAILA:
    case RecordType.MAILB:
      return Rcode.NOTIMP
    // RFC 9824 section 3.1.1 for NXNAME; OPT, TSIG and TKEY are no questions.
    case RecordType.NXNAME:
    case RecordType.OPT:
    case RecordType.TSIG:
    case RecordType.TKEY:
      return Rcode.FORMERR
    default:
      return undefined
  }
}

/** RFC 4035 section 3.1.4.1: DS belongs to the parent's side of a cut, if the parent is served here. */
function zoneFor(name: Uint8Array, type: number, source: ZoneSource): Zone | undefined {
  const zone = source.findZone(name, 0)
  if (type !== RecordType.DS || zone === undefined || !equalNames(zone.apex, name)) return zone
  const parent = parentName(name)
  return parent === undefined ? zone : (source.findZone(parent, 0) ?? zone)
}

/** RFC 1034 section 4.3.2, with aliases followed through all zones held here. */
function follow(response: Response, request: Request, source: ZoneSource, firstZone: Zone): void {
  const visited: Uint8Array[] = []
  const redirects: Uint8Array[] = []
  let name = request.name
  let zone: Zone | undefined = firstZone
  while (zone !== undefined) {
    const location = locate(zone, name, 0)
    if (location.kind === 'cut') {
      const isParentData = request.type === RecordType.DS && location.offset === 0
      if (!isParentData) {
        const isDnssecOk = request.edns?.dnssecOk ?? false
        addReferral(response, source, zone, location.owner, name, location.offset, isDnssecOk)
        return
      }
    }
    response.isAuthoritative = true
    if (location.kind === 'absent') {
      // RFC 6604 section 3: the code tells about the last name of the chain.
      response.rcode = Rcode.NXDOMAIN
      addNegativeSoa(response, zone)
      return
    }
    const alias =
      location.kind === 'redirect'
        ? addRedirect(response, redirects, zone, location, name)
        : answerAt(response, request, source, zone, location.owner, name)
    if (alias === undefined) return
    visited.push(name)
    // The chain ends where it comes back to itself, goes on too long, or leaves the zones held here.
    if (visited.length > MAX_CNAME_HOPS || visited.some((earlier) => equalNames(earlier, alias))) return
    name = alias
    zone = zoneFor(name, request.type, source)
  }
}

/** Answers from an existing owner; returns the name to go on with when it has an alias instead. */
function answerAt(
  response: Response,
  request: Request,
  source: ZoneSource,
  zone: Zone,
  owner: Owner,
  name: Uint8Array,
): Uint8Array | undefined {
  const type = request.type === RecordType.ANY ? anyType(zone, owner) : request.type
  const records = type === undefined ? undefined : recordsOf(zone, owner, type)
  if (records !== undefined) {
    response.addRequired('answer', name, 0, records)
    if (!response.isTruncated) addAdditional(response, source, name, records)
    return undefined
  }
  const alias = zone.rrset(owner, RecordType.CNAME)
  if (alias === undefined) {
    addNegativeSoa(response, zone)
    return undefined
  }
  response.addRequired('answer', name, 0, alias)
  return alias.subarray(RECORD_FIXED_BYTES)
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

/** RFC 2308 sections 3 and 5: SOA in the authority section, for no longer than its last field says. */
function addNegativeSoa(response: Response, zone: Zone): void {
  const soa = zone.rrset(zone.apexOwner, RecordType.SOA)
  if (soa !== undefined) response.addRequired('authority', zone.apex, 0, soa, readUint32(soa, soa.length - 4))
}
