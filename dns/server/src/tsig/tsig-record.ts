import {
  HEADER_BYTES,
  isName,
  lowerCaseName,
  nameEnd,
  RecordClass,
  RecordType,
  readUint16,
  readUint32,
  writeUint16,
  writeUint32,
} from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES } from '../records.ts'
import { skipName } from '../skip-name.ts'

/** RFC 8945 section 4.2. */
export interface TsigRecord {
  /** Where the record starts in its message. */
  readonly start: number
  /** Lower-case wire names. */
  readonly keyName: Uint8Array
  readonly algorithmName: Uint8Array
  /** Seconds since 1970, 48 bits. */
  readonly timeSigned: number
  readonly fudge: number
  readonly mac: Uint8Array
  readonly originalId: number
  readonly error: number
  readonly other: Uint8Array
}

/** The TSIG record of a message, which is its last one; undefined when it has none, `malformed` when it is not as it must be. */
export function readTsig(message: Uint8Array): TsigRecord | 'malformed' | undefined {
  if (message.length < HEADER_BYTES) return undefined
  const counts = [4, 6, 8, 10].map((offset) => readUint16(message, offset)) as [number, number, number, number]
  let offset = HEADER_BYTES
  for (let index = 0; index < counts[0]; index++) {
    const nameStop = skipName(message, offset)
    if (nameStop < 0 || nameStop + 4 > message.length) return undefined
    offset = nameStop + 4
  }
  let last = -1
  let lastType = 0
  const records = counts[1] + counts[2] + counts[3]
  for (let index = 0; index < records; index++) {
    const fixed = skipName(message, offset)
    if (fixed < 0 || fixed + RECORD_FIXED_BYTES > message.length) return undefined
    // RFC 8945 section 5.1: one, and the last of all.
    if (lastType === RecordType.TSIG) return 'malformed'
    last = offset
    lastType = readUint16(message, fixed)
    offset = fixed + RECORD_FIXED_BYTES + readUint16(message, fixed + 8)
    if (offset > message.length) return undefined
  }
  if (lastType !== RecordType.TSIG) return undefined
  const isLast = counts[3] > 0 && offset === message.length
  return isLast ? (parseTsig(message, last) ?? 'malformed') : 'malformed'
}

function parseTsig(message: Uint8Array, start: number): TsigRecord | undefined {
  const nameStop = nameEnd(message, start)
  // Its name is not compressed by anyone, and a pointer would lead out of what is signed.
  if (nameStop < 0) return undefined
  if (readUint16(message, nameStop + 2) !== RecordClass.ANY || readUint32(message, nameStop + 4) !== 0) return undefined
  const rdata = message.subarray(nameStop + RECORD_FIXED_BYTES)
  const algorithmStop = nameEnd(rdata, 0)
  if (algorithmStop < 0 || rdata.length < algorithmStop + 10) return undefined
  const macStart = algorithmStop + 10
  const macStop = macStart + readUint16(rdata, algorithmStop + 8)
  if (rdata.length < macStop + 6) return undefined
  const other = rdata.subarray(macStop + 6)
  if (readUint16(rdata, macStop + 4) !== other.length) return undefined
  return {
    start,
    keyName: lowerCaseName(message.subarray(start, nameStop)),
    algorithmName: lowerCaseName(rdata.subarray(0, algorithmStop)),
    timeSigned: readUint16(rdata, algorithmStop) * 2 ** 32 + readUint32(rdata, algorithmStop + 2),
    fudge: readUint16(rdata, algorithmStop + 6),
    mac: rdata.slice(macStart, macStop),
    originalId: readUint16(rdata, macStop),
    error: readUint16(rdata, macStop + 2),
    other: other.slice(),
  }
}

/** The message with the record at its end. */
export function appendTsig(message: Uint8Array, record: Omit<TsigRecord, 'start'>): Uint8Array {
  const { keyName, algorithmName, mac, other } = record
  if (!isName(keyName) || !isName(algorithmName)) throw new RangeError('a TSIG record needs names')
  const rdataBytes = algorithmName.length + 16 + mac.length + other.length
  const bytes = new Uint8Array(message.length + keyName.length + RECORD_FIXED_BYTES + rdataBytes)
  bytes.set(message)
  let offset = message.length
  bytes.set(keyName, offset)
  offset += keyName.length
  writeUint16(bytes, offset, RecordType.TSIG)
  writeUint16(bytes, offset + 2, RecordClass.ANY)
  writeUint16(bytes, offset + 8, rdataBytes)
  offset += RECORD_FIXED_BYTES
  bytes.set(algorithmName, offset)
  offset += algorithmName.length
  bytes.set(timers(record), offset)
  writeUint16(bytes, offset + 8, mac.length)
  bytes.set(mac, offset + 10)
  offset += 10 + mac.length
  writeUint16(bytes, offset, record.originalId)
  writeUint16(bytes, offset + 2, record.error)
  writeUint16(bytes, offset + 4, other.length)
  bytes.set(other, offset + 6)
  writeUint16(bytes, 10, readUint16(bytes, 10) + 1)
  return bytes
}

/** The message as it was before the record was appended (RFC 8945 section 4.3.2). */
export function withoutTsig(message: Uint8Array, { start }: TsigRecord): Uint8Array {
  const bytes = message.slice(0, start)
  writeUint16(bytes, 10, readUint16(bytes, 10) - 1)
  return bytes
}

/** The message with the id that it had when it was signed: whoever forwards it may give it another. */
export function withOriginalId(message: Uint8Array, { originalId }: TsigRecord): Uint8Array {
  const bytes = message.slice()
  writeUint16(bytes, 0, originalId)
  return bytes
}

/** What is signed besides the message (RFC 8945 section 4.3.3). */
export function tsigVariables(record: Omit<TsigRecord, 'start' | 'mac' | 'originalId'>): Uint8Array {
  const { keyName, algorithmName, other } = record
  const head = new Uint8Array(6)
  writeUint16(head, 0, RecordClass.ANY)
  const tail = new Uint8Array(4)
  writeUint16(tail, 0, record.error)
  writeUint16(tail, 2, other.length)
  return Buffer.concat([keyName, head, algorithmName, timers(record), tail, other])
}

/** Time and fudge, which alone are signed in messages behind the first (RFC 8945 section 5.3.1). */
export function timers({ timeSigned, fudge }: Pick<TsigRecord, 'timeSigned' | 'fudge'>): Uint8Array {
  const bytes = new Uint8Array(8)
  writeUint16(bytes, 0, Math.floor(timeSigned / 2 ** 32))
  writeUint32(bytes, 2, timeSigned % 2 ** 32)
  writeUint16(bytes, 6, fudge)
  return bytes
}

/** A MAC behind its length, as it is signed in the answer to it. */
export function prefixedMac(mac: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(2 + mac.length)
  writeUint16(bytes, 0, mac.length)
  bytes.set(mac, 2)
  return bytes
}
