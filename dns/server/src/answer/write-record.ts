import {
  EDNS_CO,
  EDNS_DO,
  type MessageWriter,
  nameEnd,
  namesInRdata,
  OPT_FIXED_BYTES,
  RecordType,
  readUint16,
  writeUint16,
  writeUint32,
} from '@cresset/dns-wire'
import { RECORD_FIXED_BYTES } from '../records.ts'

/** What this server takes by UDP; queries are small. */
const ANNOUNCED_UDP_PAYLOAD_BYTES = 1232

/** Writes type to RDATA of the record in `records`, compressing names of RFC 1035 types. False when it does not fit. */
export function writeRecord(writer: MessageWriter, records: Uint8Array, start: number, end: number): boolean {
  const rdataStart = start + RECORD_FIXED_BYTES
  const layout = namesInRdata(readUint16(records, start))
  if (layout === undefined || !layout.compressible) return writer.writeBytes(records, start, end)
  const recordStart = writer.length
  if (!writer.writeBytes(records, start, rdataStart + layout.prefixBytes)) return false
  let offset = rdataStart + layout.prefixBytes
  for (let count = 0; count < layout.names; count++) {
    if (!writer.writeName(records, offset)) return false
    offset = nameEnd(records, offset)
  }
  if (!writer.writeBytes(records, offset, end)) return false
  writeUint16(writer.bytes, recordStart + 8, writer.length - recordStart - RECORD_FIXED_BYTES)
  return true
}

/** An OPT record's place in a message, and what it says. */
export interface OptRecord {
  readonly start: number
  /** All 12 bits. */
  readonly rcode: number
  readonly dnssecOk: boolean
  readonly compactOk?: boolean
  /** Bytes of the options, which the caller writes behind the record's fixed part. */
  readonly optionBytes: number
}

/** Writes an OPT record up to its options, and counts it (RFC 6891 section 6.1.2). Returns where the options start. */
export function writeOpt(message: Uint8Array, record: OptRecord): number {
  const { start, rcode, dnssecOk, compactOk = false, optionBytes } = record
  message[start] = 0
  writeUint16(message, start + 1, RecordType.OPT)
  writeUint16(message, start + 3, ANNOUNCED_UDP_PAYLOAD_BYTES)
  const flags = (dnssecOk ? EDNS_DO : 0) | (compactOk ? EDNS_CO : 0)
  writeUint32(message, start + 5, (rcode >>> 4) * 0x1000000 + flags)
  writeUint16(message, start + 9, optionBytes)
  writeUint16(message, 10, readUint16(message, 10) + 1)
  return start + OPT_FIXED_BYTES
}
