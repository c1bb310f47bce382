import { buildQuery, HEADER_BYTES, HeaderFlag, Opcode, RecordType, writeUint16 } from '@cresset/dns-wire'

const OWNER_POINTER_BYTES = 2
const OPCODE_SHIFT = 11

/** RFC 1996 section 3: the zone's SOA as the question and, as a hint, as the answer. `soa` is the record as `records.ts` has it. */
export function notifyMessage(id: number, apex: Uint8Array, soa: Uint8Array): Uint8Array {
  const question = buildQuery({ id, name: apex, type: RecordType.SOA, udpPayloadBytes: 0 })
  const bytes = new Uint8Array(question.length + OWNER_POINTER_BYTES + soa.length)
  bytes.set(question)
  writeUint16(bytes, 2, (Opcode.NOTIFY << OPCODE_SHIFT) | HeaderFlag.AA)
  writeUint16(bytes, 6, 1)
  writeUint16(bytes, question.length, 0xc000 | HEADER_BYTES)
  bytes.set(soa, question.length + OWNER_POINTER_BYTES)
  return bytes
}
