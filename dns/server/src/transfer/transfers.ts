import { ExtendedError, equalNames, parseMessage, Rcode, RecordType, WireError } from '@cresset/dns-wire'
import { failureResponse } from '../answer/failure.ts'
import type { AnswerLimits } from '../answer/limits.ts'
import { readRequest } from '../answer/request.ts'
import type { MessageStream, ResponseBytes } from '../listen/listener.ts'
import { soaSerial } from '../records.ts'
import type { MemoryZone, ZoneEntry } from '../store/memory-zone.ts'
import type { TsigKey } from '../tsig/tsig-key.ts'
import type { TsigSession } from '../tsig/tsig-session.ts'
import { isInPrefixes, type Prefix } from './prefix.ts'
import { transferMessages } from './zone-messages.ts'

/** Who may take zones as a whole. */
export interface TransferRules {
  /** Whoever signs with one of these may. */
  readonly keys: readonly TsigKey[]
  /** Whoever asks from here may, signed or not. */
  readonly prefixes: readonly Prefix[]
}

/** Zones as a whole, which do not change once they are handed out. */
export interface TransferSource {
  zone(apex: Uint8Array): MemoryZone | undefined
}

/** True when a query asks for a zone, in whole or for its changes. */
export function isTransferQuery(query: Uint8Array): boolean {
  const type = readRequest(query)?.type
  return type === RecordType.AXFR || type === RecordType.IXFR
}

/**
 * Answers a transfer query over TCP (RFC 5936, RFC 1995). Changes alone are not kept: who asks for them gets the zone, or its SOA when
 * it has it already.
 */
export function answerTransfer(
  query: Uint8Array,
  source: TransferSource,
  rules: TransferRules,
  client: string,
  session: TsigSession | undefined,
): MessageStream | ResponseBytes {
  const limits: AnswerLimits = { transport: 'tcp' }
  const refuse = (rcode: number, extendedError: number, text: string): ResponseBytes => {
    const response = failureResponse(query, { rcode, extendedError, text }, limits)
    return response && (session?.sign(response) ?? response)
  }
  const request = readRequest(query)
  if (request === undefined || request.rcode !== Rcode.NOERROR)
    return refuse(Rcode.FORMERR, ExtendedError.OTHER, 'no transfer query')
  const isAllowed = session?.key !== undefined ? rules.keys.includes(session.key) : false
  if (!isAllowed && !isInPrefixes(client, rules.prefixes))
    return refuse(Rcode.REFUSED, ExtendedError.PROHIBITED, 'this server does not give its zones to you')
  const zone = source.zone(request.name)
  const soa = zone?.rrset(zone.apexOwner, RecordType.SOA)
  if (zone === undefined || soa === undefined)
    return refuse(Rcode.NOTAUTH, ExtendedError.NOT_AUTHORITATIVE, 'this server does not have the zone')
  const hasIt = request.type === RecordType.IXFR && clientSerial(query, request.name) === soaSerial(soa)
  const first = { name: zone.apex, type: RecordType.SOA, records: soa }
  // RFC 1995 section 2: who is up to date gets the SOA alone.
  const messages = transferMessages(query, request, hasIt ? [first] : wholeZone(zone, first), session)
  return { messages }
}

/** RFC 5936 section 2.2: the SOA first and last. */
function* wholeZone(zone: MemoryZone, soa: ZoneEntry): Generator<ZoneEntry> {
  yield soa
  for (const entry of zone.entries()) if (entry.type !== RecordType.SOA) yield entry
  yield soa
}

/** The serial that the client has; undefined when it does not say. */
function clientSerial(query: Uint8Array, apex: Uint8Array): number | undefined {
  try {
    const soa = parseMessage(query).authorities.find(({ type }) => type === RecordType.SOA)
    return soa !== undefined && equalNames(soa.name, apex) ? soaSerial(soa.rdata) : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
