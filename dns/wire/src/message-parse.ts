import { readEdnsOptions } from './edns.ts'
import { readUint16, readUint32 } from './integers.ts'
import { HEADER_BYTES, MAX_MESSAGE_BYTES } from './limits.ts'
import { EDNS_CO, EDNS_DO, type Edns, HeaderFlag, type Message, type Question, type ResourceRecord } from './message.ts'
import { readName } from './name-read.ts'
import { expandRdata } from './rdata/expand.ts'
import { RecordType } from './record-type.ts'
import { WireError } from './wire-error.ts'

interface Cursor {
  readonly bytes: Uint8Array
  offset: number
}

/**
 * Parses one whole message. Work and memory are bounded by its size: a question takes at least 5 bytes, a record 11, and
 * a name at most 255.
 * Throws `WireError`: truncated, label-type, pointer, name-too-long, trailing-bytes, edns, message-too-long.
 */
export function parseMessage(message: Uint8Array): Message {
  // `slice` of a Buffer would share the caller's memory; that of a plain view copies.
  const bytes = new Uint8Array(message.buffer, message.byteOffset, message.length)
  if (bytes.length > MAX_MESSAGE_BYTES) throw new WireError('message-too-long', 'a message has at most 65535 bytes')
  if (bytes.length < HEADER_BYTES) throw new WireError('truncated', 'a message starts with 12 bytes of header')
  const word = readUint16(bytes, 2)
  const cursor: Cursor = { bytes, offset: HEADER_BYTES }
  const questions: Question[] = []
  for (let count = readUint16(bytes, 4); count > 0; count--) questions.push(readQuestion(cursor))
  const answers = readRecords(cursor, readUint16(bytes, 6))
  const authorities = readRecords(cursor, readUint16(bytes, 8))
  const tail = readRecords(cursor, readUint16(bytes, 10))
  if (cursor.offset !== bytes.length) throw new WireError('trailing-bytes', 'bytes follow the last record')
  if ([...answers, ...authorities].some(isOpt))
    throw new WireError('edns', 'an OPT record stands outside the additional section')
  const options = tail.filter(isOpt)
  if (options.length > 1) throw new WireError('edns', 'a message has two OPT records')
  const opt = options[0]
  return {
    id: readUint16(bytes, 0),
    opcode: (word >>> 11) & 15,
    rcode: (word & 15) | (opt === undefined ? 0 : (opt.ttl >>> 24) << 4),
    flags: {
      isResponse: (word & HeaderFlag.QR) !== 0,
      authoritative: (word & HeaderFlag.AA) !== 0,
      truncated: (word & HeaderFlag.TC) !== 0,
      recursionDesired: (word & HeaderFlag.RD) !== 0,
      recursionAvailable: (word & HeaderFlag.RA) !== 0,
      authenticData: (word & HeaderFlag.AD) !== 0,
      checkingDisabled: (word & HeaderFlag.CD) !== 0,
    },
    questions,
    answers,
    authorities,
    additionals: tail.filter((record) => !isOpt(record)),
    edns: opt === undefined ? undefined : readEdns(opt),
  }
}

function isOpt(record: ResourceRecord): boolean {
  return record.type === RecordType.OPT
}

function readEdns(opt: ResourceRecord): Edns {
  if (opt.name.length !== 1) throw new WireError('edns', 'an OPT record is not at the root')
  return {
    udpPayloadBytes: opt.class,
    version: (opt.ttl >>> 16) & 255,
    dnssecOk: (opt.ttl & EDNS_DO) !== 0,
    ...((opt.ttl & EDNS_CO) !== 0 && { compactOk: true }),
    options: readEdnsOptions(opt.rdata),
  }
}

function need(cursor: Cursor, bytes: number): number {
  const start = cursor.offset
  if (start + bytes > cursor.bytes.length) throw new WireError('truncated', 'the message ends inside a record')
  cursor.offset += bytes
  return start
}

function readQuestion(cursor: Cursor): Question {
  const { name, end } = readName(cursor.bytes, cursor.offset)
  cursor.offset = end
  const fixed = need(cursor, 4)
  return { name, type: readUint16(cursor.bytes, fixed), class: readUint16(cursor.bytes, fixed + 2) }
}

function readRecords(cursor: Cursor, count: number): ResourceRecord[] {
  const records: ResourceRecord[] = []
  for (let index = 0; index < count; index++) records.push(readRecord(cursor))
  return records
}

function readRecord(cursor: Cursor): ResourceRecord {
  const { bytes } = cursor
  const { name, end } = readName(bytes, cursor.offset)
  cursor.offset = end
  const fixed = need(cursor, 10)
  const type = readUint16(bytes, fixed)
  const length = readUint16(bytes, fixed + 8)
  const start = need(cursor, length)
  return {
    name,
    type,
    class: readUint16(bytes, fixed + 2),
    ttl: readUint32(bytes, fixed + 4),
    rdata: expandRdata(type, bytes, start, length),
  }
}
