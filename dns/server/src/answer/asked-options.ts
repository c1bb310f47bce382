import { countLabels, EdnsOptionCode, equalNames, RecordType, writeUint16, writeUint32 } from '@cresset/dns-wire'
import { COOKIE_BYTES } from '../cookies/server-cookies.ts'
import { soaExpire, soaSerial } from '../records.ts'
import type { Zone } from '../zone-source.ts'
import { EXPIRE_BYTES, EXPIRE_OPTION, expireOption } from './expire-option.ts'
import { type AnswerLimits, MAX_NSID_BYTES } from './limits.ts'
import { isPadded, OPTION_HEADER_BYTES } from './padding.ts'
import type { Request } from './request.ts'
import type { Response } from './response.ts'

/** Labels of the zone, type 0, serial (RFC 9660 section 2). */
const ZONE_VERSION_BYTES = 6
const SOA_SERIAL = 0
/** RFC 7314 section 3: questions with which secondaries keep a zone. */
const EXPIRE_TYPES: ReadonlySet<number> = new Set([RecordType.SOA, RecordType.AXFR, RecordType.IXFR])

/** Bytes that the options take which this request asks for: they are kept free while records are added. */
export function askedOptionBytes({ edns }: Request, limits: AnswerLimits): number {
  if (edns === undefined) return 0
  let bytes = 0
  if (edns.cookie !== undefined && limits.cookies !== undefined) bytes += OPTION_HEADER_BYTES + COOKIE_BYTES
  if (edns.wants.size === 0) return bytes
  if (edns.wants.has(EdnsOptionCode.NSID) && limits.nsid !== undefined) bytes += OPTION_HEADER_BYTES + MAX_NSID_BYTES
  if (edns.wants.has(EXPIRE_OPTION)) bytes += OPTION_HEADER_BYTES + EXPIRE_BYTES
  if (edns.wants.has(EdnsOptionCode.ZONEVERSION)) bytes += OPTION_HEADER_BYTES + ZONE_VERSION_BYTES
  if (edns.wants.has(EdnsOptionCode.KEEPALIVE)) bytes += OPTION_HEADER_BYTES + 2
  if (isPadded(edns, limits)) bytes += OPTION_HEADER_BYTES
  return bytes
}

/** Adds those options. `zone` is the one that the question belongs to, if its data is what is answered. */
export function addAskedOptions(response: Response, request: Request, limits: AnswerLimits, zone?: Zone): void {
  const { edns } = request
  if (edns === undefined) return
  const { cookies, client, nsid, keepaliveTenths } = limits
  if (edns.cookie !== undefined && cookies !== undefined && client !== undefined) {
    const cookie = cookies.answer(edns.cookie, client.address, client.nowSeconds)
    if (cookie !== undefined) response.addOption(EdnsOptionCode.COOKIE, cookie)
  }
  if (edns.wants.size === 0) return
  if (isPadded(edns, limits)) response.pad(limits.signatureBytes)
  if (edns.wants.has(EdnsOptionCode.NSID) && nsid !== undefined)
    response.addOption(EdnsOptionCode.NSID, nsid.subarray(0, MAX_NSID_BYTES))
  // RFC 7828 section 3.2.1: over UDP it means nothing.
  if (edns.wants.has(EdnsOptionCode.KEEPALIVE) && limits.transport === 'tcp' && keepaliveTenths !== undefined) {
    const data = new Uint8Array(2)
    writeUint16(data, 0, keepaliveTenths)
    response.addOption(EdnsOptionCode.KEEPALIVE, data)
  }
  const soa = zone?.rrset(zone.apexOwner, RecordType.SOA)
  if (zone !== undefined && soa !== undefined) addZoneOptions(response, request, zone.apex, soa)
}

/** Those of them that tell of the zone, by its SOA record. */
export function addZoneOptions(response: Response, request: Request, apex: Uint8Array, soa: Uint8Array): void {
  const { edns } = request
  if (edns === undefined || edns.wants.size === 0) return
  if (edns.wants.has(EXPIRE_OPTION) && EXPIRE_TYPES.has(request.type) && equalNames(request.name, apex))
    response.addOption(EXPIRE_OPTION, expireOption(soaExpire(soa)))
  if (edns.wants.has(EdnsOptionCode.ZONEVERSION)) {
    const data = new Uint8Array(ZONE_VERSION_BYTES)
    data[0] = countLabels(apex)
    data[1] = SOA_SERIAL
    writeUint32(data, 2, soaSerial(soa))
    response.addOption(EdnsOptionCode.ZONEVERSION, data)
  }
}
