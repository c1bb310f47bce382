import {
  EDNS_DO,
  formatName,
  formatRecordType,
  HEADER_BYTES,
  nameEnd,
  RecordType,
  readUint16,
  readUint32,
} from '@cresset/dns-wire'
import type { ResponseBytes, TransportName } from '../listen/listener.ts'
import { skipName } from '../skip-name.ts'
import { codeName, responseCode } from '../statistics/response-code.ts'
import { isUpdate } from '../update/update-message.ts'

/** One query and what became of it. */
export interface AnsweredQuery {
  readonly query: Uint8Array
  readonly response: ResponseBytes
  readonly transport: TransportName
  readonly client: string
  readonly durationMs: number
  readonly sentBytes: number
  /** Since 1970, when it was answered. */
  readonly nowMs: number
}

const HIGH_FLAGS = { rd: 0x01, tc: 0x02, aa: 0x04 }
const LOW_FLAGS = { cd: 0x10, ad: 0x20 }

/**
 * A line of the query log: one JSON object and a line feed, all in ASCII. `name` and `type` are null for what has no question, `rcode`
 * for what was not answered. `flags` are `update` for an update, of which the zone is the question, `rd ad cd do` of the query, then `aa
 * tc` of the response.
 */
export function queryLine(answered: AnsweredQuery): string {
  const { query, response, transport, client, durationMs, sentBytes, nowMs } = answered
  const end = readsAsQuestion(query) ? nameEnd(query, HEADER_BYTES) : -1
  const hasQuestion = end >= 0 && end + 4 <= query.length
  return `${JSON.stringify({
    time: new Date(nowMs).toISOString(),
    client,
    transport,
    name: hasQuestion ? formatName(query.subarray(HEADER_BYTES, end)) : null,
    type: hasQuestion ? formatRecordType(readUint16(query, end)) : null,
    flags: flagsOf(query, hasQuestion ? end + 4 : -1, response),
    rcode: response === undefined ? null : codeName(responseCode(response)),
    bytes: sentBytes,
    us: Math.round(durationMs * 1_000),
  })}\n`
}

function readsAsQuestion(query: Uint8Array): boolean {
  return query.length > HEADER_BYTES && readUint16(query, 4) > 0
}

function flagsOf(query: Uint8Array, questionEnd: number, response: ResponseBytes): string {
  const flags: string[] = []
  const high = query[2] ?? 0
  const low = query[3] ?? 0
  if (isUpdate(query)) flags.push('update')
  if ((high & HIGH_FLAGS.rd) !== 0) flags.push('rd')
  if ((low & LOW_FLAGS.ad) !== 0) flags.push('ad')
  if ((low & LOW_FLAGS.cd) !== 0) flags.push('cd')
  if (asksForSignatures(query, questionEnd)) flags.push('do')
  const answered = response?.[2] ?? 0
  if ((answered & HIGH_FLAGS.aa) !== 0) flags.push('aa')
  if ((answered & HIGH_FLAGS.tc) !== 0) flags.push('tc')
  return flags.join(' ')
}

/** The DO bit of an OPT record that follows on the question, where all clients put it. */
function asksForSignatures(query: Uint8Array, questionEnd: number): boolean {
  const fixed = questionEnd < 0 ? -1 : skipName(query, questionEnd)
  if (fixed < 0 || fixed + 10 > query.length || readUint16(query, fixed) !== RecordType.OPT) return false
  return (readUint32(query, fixed + 4) & EDNS_DO) !== 0
}
