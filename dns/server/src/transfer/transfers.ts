import {
  ExtendedError,
  equalNames,
  formatName,
  HEADER_BYTES,
  nameEnd,
  parseMessage,
  Rcode,
  RecordClass,
  RecordType,
  readUint16,
  WireError,
} from '@cresset/dns-wire'
import { addAskedOptions, addZoneOptions, askedOptionBytes } from '../answer/asked-options.ts'
import { failureResponse } from '../answer/failure.ts'
import { type AnswerLimits, maxResponseBytes } from '../answer/limits.ts'
import { type Request, readRequest } from '../answer/request.ts'
import { Response } from '../answer/response.ts'
import { DNS_OVER_TLS, type MessageStream, type ResponseBytes, type SecureChannel } from '../listen/listener.ts'
import { soaExpire, soaSerial } from '../records.ts'
import { isSerialAfter } from '../serial.ts'
import type { ZoneEntry } from '../store/memory-zone.ts'
import type { TsigKey } from '../tsig/tsig-key.ts'
import type { TsigSession } from '../tsig/tsig-session.ts'
import { isInPrefixes, type Prefix } from './prefix.ts'
import { changedRecords, wholeZone } from './transfer-content.ts'
import type { AnyTransferSource, TransferZone } from './transfer-source.ts'
import { transferMessages } from './zone-messages.ts'

/** Two names, which may be the root's, and five numbers (RFC 1035 section 3.3.13). */
const LEAST_SOA_BYTES = 22

/** Who may take zones as a whole. */
export interface TransferRules {
  /** Whoever signs with one of these may. */
  readonly keys: readonly TsigKey[]
  /** Whoever asks from here may, signed or not. */
  readonly prefixes: readonly Prefix[]
  /** Set: by TLS alone (RFC 9103). Default: also in clear. */
  readonly tls?: TlsRules | undefined
}

/** What an encrypted connection must be like. */
export interface TlsRules {
  /** SHA-256 of certificates, in lower-case hexadecimal: only who has shown one of these may, besides what else is asked for. Empty: whoever. */
  readonly fingerprints: readonly string[]
}

/** Transfers that were answered, since the start. */
export interface TransferCounters {
  /** The whole zone was given. */
  whole: number
  /** The changes alone. */
  changes: number
  /** The SOA alone: there was nothing newer, or the rest does not fit a datagram. */
  soaOnly: number
  refused: number
}

export function newTransferCounters(): TransferCounters {
  return { whole: 0, changes: 0, soaOnly: 0, refused: 0 }
}

/** Who asks, and by what. */
export interface TransferAsker {
  /** With the transport, and what else the answer depends on. */
  readonly limits: AnswerLimits
  /** Address as text. */
  readonly client: string
  readonly session: TsigSession | undefined
  /** Undefined in clear. */
  readonly channel?: SecureChannel | undefined
}

/** True when a query asks for a zone, in whole or, also by UDP, for its changes. */
export function isTransferQuery(query: Uint8Array, transport: 'udp' | 'tcp'): boolean {
  const end = nameEnd(query, HEADER_BYTES)
  if (end < 0 || end + 2 > query.length) return false
  const type = readUint16(query, end)
  // RFC 5936 section 4.2: a whole zone by UDP is not defined.
  return type === RecordType.IXFR || (type === RecordType.AXFR && transport === 'tcp')
}

/** Whether who asks may take zones as a whole. */
export function mayTransfer(
  rules: TransferRules,
  asker: Pick<TransferAsker, 'client' | 'channel' | 'session'>,
): boolean {
  return refusalReason(rules, asker) === undefined
}

function refusalReason(
  { keys, prefixes, tls }: TransferRules,
  { client, channel, session }: Pick<TransferAsker, 'client' | 'channel' | 'session'>,
): string | undefined {
  // RFC 9103 sections 7.2 and 7.1.
  if (channel !== undefined && channel.version !== 'TLSv1.3') return 'this server gives its zones by TLS 1.3 and later'
  if (channel !== undefined && channel.protocol !== DNS_OVER_TLS)
    return 'this server gives its zones by TLS to who asks for the protocol dot (ALPN)'
  if (tls !== undefined && channel === undefined) return 'this server gives its zones by TLS alone'
  const isShown = tls?.fingerprints.includes(channel?.fingerprint ?? '') === true
  const isListed = (session?.key !== undefined && keys.includes(session.key)) || isInPrefixes(client, prefixes)
  if (tls !== undefined && tls.fingerprints.length > 0) {
    // Without keys and addresses the certificate says enough.
    const isEnough = isListed || keys.length + prefixes.length === 0
    return isShown && isEnough
      ? undefined
      : 'this server gives its zones to who shows a listed certificate, with a listed key or address'
  }
  return isListed ? undefined : 'this server does not give its zones to you'
}

/**
 * Answers a transfer query (RFC 5936, RFC 1995). Who asks for changes gets those since its serial; the zone, when they are not known; the
 * SOA alone, when it has the zone already, or asks by UDP and they do not fit.
 */
export function answerTransfer(
  query: Uint8Array,
  source: AnyTransferSource,
  rules: TransferRules,
  asker: TransferAsker,
  counters: TransferCounters = newTransferCounters(),
): MessageStream | ResponseBytes {
  const { limits, client, session } = asker
  const signed = (response: ResponseBytes): ResponseBytes => response && (session?.sign(response) ?? response)
  const refuse = (rcode: number, extendedError: number, text: string): ResponseBytes => {
    counters.refused += 1
    return signed(failureResponse(query, { rcode, extendedError, text }, limits))
  }
  const request = readRequest(query)
  if (request === undefined || request.rcode !== Rcode.NOERROR)
    return refuse(Rcode.FORMERR, ExtendedError.OTHER, 'no transfer query')
  if (request.edns !== undefined && request.edns.version !== 0)
    return refuse(Rcode.BADVERS, ExtendedError.OTHER, 'EDNS version 0 is spoken here')
  const reason = refusalReason(rules, asker)
  if (reason !== undefined) return refuse(Rcode.REFUSED, ExtendedError.PROHIBITED, reason)
  const zone = request.class === RecordClass.IN ? source.zone(request.name) : undefined
  if (zone === 'not-ready')
    return refuse(Rcode.SERVFAIL, ExtendedError.NOT_READY, 'this server cannot give the zone away now')
  const records = zone?.soa
  if (zone === undefined || records === undefined)
    return refuse(Rcode.NOTAUTH, ExtendedError.NOT_AUTHORITATIVE, 'this server does not have the zone')
  if (zone.compact !== undefined)
    return refuse(
      Rcode.REFUSED,
      ExtendedError.NOT_SUPPORTED,
      'denials of this zone are signed for each question: it has no chain to give away',
    )
  const soa = { name: zone.apex, type: RecordType.SOA, records }
  const taker = takerOf(client, session?.key)
  const serial = request.type === RecordType.IXFR ? clientSerial(query, request.name) : undefined
  const content = contentFor(source, zone, soa, serial, taker)
  if (limits.transport === 'udp') {
    // Nobody knows whether a datagram arrives, and so what its taker has.
    const isUncertain = content.kind === 'whole' || source.given !== undefined
    const fitting = isUncertain ? undefined : datagram(query, request, content.entries, limits, soa)
    counters[fitting === undefined ? 'soaOnly' : content.kind] += 1
    return signed(fitting ?? datagram(query, request, [soa], limits, soa, true))
  }
  counters[content.kind] += 1
  const messages = transferMessages(query, request, content.entries, session, soaExpire(records), limits.isEncrypted)
  const isTold = source.given !== undefined && content.kind !== 'soaOnly'
  return {
    messages: isTold ? thenTold(messages, () => source.given?.(zone.apex, soaSerial(records), taker)) : messages,
  }
}

/** Who takes a zone, by address and by key: whoever has the same ones cannot be told apart. */
function takerOf(client: string, key: TsigKey | undefined): string {
  return key === undefined ? client : `${client} ${formatName(key.name)}`
}

/** The last message is taken when those before it were. */
function* thenTold(messages: Iterable<Uint8Array>, tell: () => void): Generator<Uint8Array> {
  yield* messages
  tell()
}

interface Content {
  readonly kind: 'whole' | 'changes' | 'soaOnly'
  readonly entries: Iterable<ZoneEntry>
}

/** `serial` is what the client has, if it asks for changes and says. */
function contentFor(
  source: AnyTransferSource,
  zone: TransferZone,
  soa: ZoneEntry,
  serial: number | undefined,
  taker: string,
): Content {
  if (serial === undefined) return { kind: 'whole', entries: wholeZone(zone, soa) }
  const current = soaSerial(soa.records)
  // RFC 1995 section 2: also for who has a newer one.
  if (serial === current || isSerialAfter(serial, current)) return { kind: 'soaOnly', entries: [soa] }
  const differences = source.differences?.(zone.apex, serial, taker)
  const end = differences?.at(-1)?.toSoa
  const isComplete = end !== undefined && Buffer.compare(end, soa.records) === 0
  return differences !== undefined && isComplete
    ? { kind: 'changes', entries: changedRecords(soa, differences) }
    : { kind: 'whole', entries: wholeZone(zone, soa) }
}

/** One message with all entries. Undefined when they do not fit, or, if so wanted, a truncated one. */
function datagram(
  query: Uint8Array,
  request: Request,
  entries: Iterable<ZoneEntry>,
  limits: AnswerLimits,
  soa: ZoneEntry,
  mayBeTruncated = false,
): Uint8Array | undefined {
  const response = new Response(query, request, maxResponseBytes(request, limits), askedOptionBytes(request, limits))
  response.isAuthoritative = true
  for (const { name, records } of entries) {
    response.addRequired('answer', name, 0, records)
    if (response.isTruncated) break
  }
  if (response.isTruncated && !mayBeTruncated) return undefined
  addAskedOptions(response, request, limits)
  addZoneOptions(response, request, soa.name, soa.records)
  return response.finish()
}

/** The serial that the client has; undefined when it does not say. */
function clientSerial(query: Uint8Array, apex: Uint8Array): number | undefined {
  try {
    const soa = parseMessage(query).authorities.find(({ type }) => type === RecordType.SOA)
    const isGood = soa !== undefined && equalNames(soa.name, apex) && soa.rdata.length >= LEAST_SOA_BYTES
    return isGood ? soaSerial(soa.rdata) : undefined
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
}
