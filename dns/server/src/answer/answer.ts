import { ExtendedError, isMetaType, Rcode, RecordClass, RecordType } from '@cresset/dns-wire'
import type { MissingSignature } from '../compact/missing-signature.ts'
import type { Zone, ZoneSource } from '../zone-source.ts'
import { addAskedOptions, askedOptionBytes } from './asked-options.ts'
import { type AnswerLimits, maxResponseBytes } from './limits.ts'
import { Lookup, zoneFor } from './lookup.ts'
import { type Request, readRequest } from './request.ts'
import { Response } from './response.ts'

/** A response, whole but for signatures that nobody has made yet: their places hold zeros. */
export interface PreparedAnswer {
  readonly bytes: Uint8Array
  /** Empty unless the answer is of a zone with compact denial. */
  readonly missing: readonly MissingSignature[]
}

/**
 * The response to one query, or undefined when there must be none. For sources without zones that sign denials for the question
 * (`Zone.compact`); with them, `prepareAnswer` also tells which signatures are missing.
 */
export function answer(query: Uint8Array, source: ZoneSource, limits: AnswerLimits): Uint8Array | undefined {
  return respond(query, source, limits)?.finish()
}

/**
 * The same with the signatures that are still to be made. Pure but for one scratch buffer: the same query, generation and limits give
 * the same bytes, and so do the clock and keys of a zone with compact denial. Never throws for any `query`.
 */
export function prepareAnswer(query: Uint8Array, source: ZoneSource, limits: AnswerLimits): PreparedAnswer | undefined {
  const response = respond(query, source, limits)
  if (response === undefined) return undefined
  const bytes = response.finish()
  return { bytes, missing: response.missing }
}

function respond(query: Uint8Array, source: ZoneSource, limits: AnswerLimits): Response | undefined {
  const request = readRequest(query)
  if (request === undefined) return undefined
  const optionBytes = askedOptionBytes(request, limits)
  const response = new Response(query, request, maxResponseBytes(request, limits), optionBytes)
  let zone: Zone | undefined
  if (request.rcode === Rcode.NOERROR) zone = fill(response, request, source)
  else if (request.rcode === Rcode.NOTIMP) response.extendedError = ExtendedError.NOT_SUPPORTED
  else if (request.isCookieOnly === true && limits.cookies !== undefined) response.rcode = Rcode.NOERROR
  addAskedOptions(response, request, limits, zone)
  return response
}

/** Gives the zone that the question belongs to, when the response tells of its data. */
function fill(response: Response, request: Request, source: ZoneSource): Zone | undefined {
  if (request.edns !== undefined && request.edns.version !== 0) {
    response.rcode = Rcode.BADVERS
    return undefined
  }
  if (request.class !== RecordClass.IN) {
    response.rcode = Rcode.REFUSED
    return undefined
  }
  const refusal = metaTypeRcode(request.type)
  if (refusal !== undefined) {
    response.rcode = refusal
    if (refusal === Rcode.FORMERR) response.extendedError = ExtendedError.INVALID_QUERY_TYPE
    return undefined
  }
  const zone = zoneFor(request.name, request.type, source)
  if (zone === undefined) {
    response.rcode = Rcode.REFUSED
    response.extendedError = ExtendedError.NOT_AUTHORITATIVE
    return undefined
  }
  if (source.isStale || !zone.isServable || zone.rrset(zone.apexOwner, RecordType.SOA) === undefined) {
    response.rcode = Rcode.SERVFAIL
    // RFC 8914 section 4.25: the zone is too old or was never loaded.
    response.extendedError = source.isStale ? ExtendedError.INVALID_DATA : ExtendedError.NOT_READY
    return undefined
  }
  new Lookup(response, request, source).follow(zone)
  return zone
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
    // RFC 9824 section 3.5 for NXNAME; OPT, TSIG and TKEY are no questions.
    case RecordType.NXNAME:
    case RecordType.OPT:
    case RecordType.TSIG:
    case RecordType.TKEY:
      return Rcode.FORMERR
    default:
      return undefined
  }
}
