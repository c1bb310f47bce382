import { OPT_FIXED_BYTES, writeEdnsOptions } from './edns.ts'
import { readUint16, writeUint16, writeUint32 } from './integers.ts'
import { HEADER_BYTES } from './limits.ts'
import { EDNS_CO, EDNS_DO, type EdnsOption, HeaderFlag, type Message } from './message.ts'
import { isName } from './name.ts'
import { RecordClass, RecordType } from './record-type.ts'

export interface QueryOptions {
  /** 16 bits from a random source: it is half of what an off-path forger has to guess. */
  readonly id: number
  readonly name: Uint8Array
  readonly type: number
  /** Default IN. */
  readonly class?: number
  /** Default false: authoritative servers are asked, not resolvers. */
  readonly recursionDesired?: boolean
  /** Default 1232 (DNS flag day 2020); 0 sends no OPT record at all. */
  readonly udpPayloadBytes?: number
  readonly dnssecOk?: boolean
  /** CO of RFC 9824 section 5.1. */
  readonly compactOk?: boolean
  readonly ednsOptions?: readonly EdnsOption[]
}

/** UDP payload that passes every path without fragments. */
export const DEFAULT_UDP_PAYLOAD_BYTES = 1232

/** One question as a message. */
export function buildQuery(options: QueryOptions): Uint8Array {
  if (!isName(options.name)) throw new RangeError('name: not one uncompressed wire name')
  const udpPayloadBytes = options.udpPayloadBytes ?? DEFAULT_UDP_PAYLOAD_BYTES
  const ednsRdata = writeEdnsOptions(options.ednsOptions ?? [])
  const questionEnd = HEADER_BYTES + options.name.length + 4
  const hasEdns = udpPayloadBytes > 0
  const bytes = new Uint8Array(questionEnd + (hasEdns ? OPT_FIXED_BYTES + ednsRdata.length : 0))
  writeUint16(bytes, 0, options.id)
  writeUint16(bytes, 2, options.recursionDesired === true ? HeaderFlag.RD : 0)
  writeUint16(bytes, 4, 1)
  bytes.set(options.name, HEADER_BYTES)
  writeUint16(bytes, questionEnd - 4, options.type)
  writeUint16(bytes, questionEnd - 2, options.class ?? RecordClass.IN)
  if (hasEdns) {
    writeUint16(bytes, 10, 1)
    writeUint16(bytes, questionEnd + 1, RecordType.OPT)
    writeUint16(bytes, questionEnd + 3, udpPayloadBytes)
    const flags = (options.dnssecOk === true ? EDNS_DO : 0) | (options.compactOk === true ? EDNS_CO : 0)
    writeUint32(bytes, questionEnd + 5, flags)
    writeUint16(bytes, questionEnd + 9, ednsRdata.length)
    bytes.set(ednsRdata, questionEnd + OPT_FIXED_BYTES)
  }
  return bytes
}

/**
 * True when `response` can be the answer to `query`: same id and operation, marked as a response, and the same question byte
 * for byte (servers keep its case, so mixed case makes forging harder). A server that could not read the question may
 * leave it out.
 */
export function answersQuery(query: Uint8Array, response: Message): boolean {
  if (!response.flags.isResponse || response.id !== readUint16(query, 0)) return false
  if (response.opcode !== ((readUint16(query, 2) >>> 11) & 15)) return false
  const [question] = response.questions
  if (question === undefined) return response.rcode !== 0
  if (response.questions.length > 1) return false
  const nameBytes = question.name.length
  const isSameName = question.name.every((byte, index) => byte === query[HEADER_BYTES + index])
  const fixed = HEADER_BYTES + nameBytes
  return isSameName && readUint16(query, fixed) === question.type && readUint16(query, fixed + 2) === question.class
}
