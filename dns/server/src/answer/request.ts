import {
  EDNS_CO,
  EDNS_DO,
  EdnsOptionCode,
  ednsOptionEnd,
  HEADER_BYTES,
  lowerCaseByte,
  nameEnd,
  Opcode,
  Rcode,
  RecordType,
  readUint16,
  readUint32,
} from '@cresset/dns-wire'
import { isCookieOption } from '../cookies/server-cookies.ts'
import { skipName } from '../skip-name.ts'
import { EXPIRE_OPTION } from './expire-option.ts'

/** What a query's OPT record says (RFC 6891 section 6.1). */
export interface RequestEdns {
  readonly udpPayloadBytes: number
  readonly version: number
  readonly dnssecOk: boolean
  /** CO of RFC 9824 section 5.1. */
  readonly compactOk: boolean
  /** Data of the first COOKIE option (RFC 7873). */
  readonly cookie: Uint8Array | undefined
  /** Codes of options that ask for something by being there. */
  readonly wants: ReadonlySet<number>
}

export interface Request {
  /** NOERROR when the question can be answered; otherwise the response has this code and no more. */
  readonly rcode: number
  /** Offset behind the question section; 12 when the response must leave the question out. */
  readonly questionEnd: number
  /** Lower-case wire name; empty without a question. */
  readonly name: Uint8Array
  readonly type: number
  readonly class: number
  readonly edns: RequestEdns | undefined
  /** True for a message that asks nothing but the server's cookie (RFC 7873 section 5.4); its `rcode` is FORMERR. */
  readonly isCookieOnly?: boolean
}

/** What a client asks for by sending an option (RFC 5001, RFC 7314, RFC 7828, RFC 7830, RFC 9660). */
const ANSWERED_OPTIONS: ReadonlySet<number> = new Set([
  EdnsOptionCode.NSID,
  EXPIRE_OPTION,
  EdnsOptionCode.KEEPALIVE,
  EdnsOptionCode.PADDING,
  EdnsOptionCode.ZONEVERSION,
])

/** An OPT record and one for transaction signatures is all that a plain query carries behind its question. */
const MAX_ADDITIONAL_RECORDS = 2
const NO_NAME = new Uint8Array()

/** Reads a query; undefined when it deserves no response at all: cut header, or itself a response (RFC 1034 section 7.1). */
export function readRequest(query: Uint8Array): Request | undefined {
  if (query.length < HEADER_BYTES) return undefined
  const highFlags = query[2] as number
  if ((highFlags & 0x80) !== 0) return undefined
  if (((highFlags >>> 3) & 15) !== Opcode.QUERY) return unanswerable(Rcode.NOTIMP)
  if (readUint16(query, 4) === 0) return withoutQuestion(query)
  // RFC 9619: exactly one question.
  if (readUint16(query, 4) !== 1) return unanswerable(Rcode.FORMERR)
  const end = nameEnd(query, HEADER_BYTES)
  if (end < 0 || end + 4 > query.length) return unanswerable(Rcode.FORMERR)
  const question = {
    questionEnd: end + 4,
    name: lowerCaseCopy(query, HEADER_BYTES, end),
    type: readUint16(query, end),
    class: readUint16(query, end + 2),
  }
  const additionalStart = behindAuthority(query, end + 4, question.type)
  const edns = additionalStart < 0 ? 'malformed' : readAdditional(query, additionalStart)
  if (edns === 'malformed') return { ...question, rcode: Rcode.FORMERR, edns: undefined }
  return { ...question, rcode: Rcode.NOERROR, edns }
}

function unanswerable(rcode: number): Request {
  return { rcode, questionEnd: HEADER_BYTES, name: NO_NAME, type: 0, class: 0, edns: undefined }
}

/** Where the additional section starts; -1 when there are records before it, but for the SOA of an IXFR (RFC 1995 section 3). */
function behindAuthority(query: Uint8Array, start: number, type: number): number {
  const authorities = readUint16(query, 8)
  if (readUint16(query, 6) !== 0 || authorities > (type === RecordType.IXFR ? 1 : 0)) return -1
  if (authorities === 0) return start
  const fixed = skipName(query, start)
  if (fixed < 0 || fixed + 10 > query.length || readUint16(query, fixed) !== RecordType.SOA) return -1
  const end = fixed + 10 + readUint16(query, fixed + 8)
  return end > query.length ? -1 : end
}

function withoutQuestion(query: Uint8Array): Request {
  const request = unanswerable(Rcode.FORMERR)
  const hasRecords = readUint16(query, 6) !== 0 || readUint16(query, 8) !== 0
  const edns = hasRecords ? 'malformed' : readAdditional(query, HEADER_BYTES)
  if (edns === 'malformed' || edns?.cookie === undefined) return request
  return { ...request, edns, isCookieOnly: true }
}

function lowerCaseCopy(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const copy = new Uint8Array(end - start)
  for (let index = start; index < end; index++) copy[index - start] = lowerCaseByte(bytes[index] as number)
  return copy
}

function readAdditional(query: Uint8Array, start: number): RequestEdns | undefined | 'malformed' {
  const count = readUint16(query, 10)
  if (count > MAX_ADDITIONAL_RECORDS) return 'malformed'
  let edns: RequestEdns | undefined
  let offset = start
  for (let index = 0; index < count; index++) {
    const fixed = skipName(query, offset)
    if (fixed < 0 || fixed + 10 > query.length) return 'malformed'
    const end = fixed + 10 + readUint16(query, fixed + 8)
    if (end > query.length) return 'malformed'
    if (readUint16(query, fixed) === RecordType.OPT) {
      // RFC 6891 section 6.1.1: at most one, and at the root.
      const options = edns === undefined && fixed === offset + 1 ? readOptions(query, fixed + 10, end) : undefined
      if (options === undefined) return 'malformed'
      const ttl = readUint32(query, fixed + 4)
      edns = {
        udpPayloadBytes: readUint16(query, fixed + 2),
        version: (ttl >>> 16) & 255,
        dnssecOk: (ttl & EDNS_DO) !== 0,
        compactOk: (ttl & EDNS_CO) !== 0,
        ...options,
      }
    }
    offset = end
  }
  return offset === query.length ? edns : 'malformed'
}

const NO_WANTS: ReadonlySet<number> = new Set()

/** The options that matter here; undefined when one runs past the end, or is no cookie that there can be. */
function readOptions(query: Uint8Array, start: number, end: number): Pick<RequestEdns, 'cookie' | 'wants'> | undefined {
  let cookie: Uint8Array | undefined
  let wants: Set<number> | undefined
  for (let offset = start; offset < end; ) {
    const optionEnd = ednsOptionEnd(query, offset, end)
    if (optionEnd < 0) return undefined
    const code = readUint16(query, offset)
    if (code === EdnsOptionCode.COOKIE) {
      // RFC 7873 section 5.2: only the first counts.
      cookie ??= query.slice(offset + 4, optionEnd)
    } else if (ANSWERED_OPTIONS.has(code)) {
      wants ??= new Set()
      wants.add(code)
    }
    offset = optionEnd
  }
  if (cookie !== undefined && !isCookieOption(cookie)) return undefined
  return { cookie, wants: wants ?? NO_WANTS }
}
