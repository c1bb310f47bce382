import {
  buildQuery,
  HEADER_BYTES,
  HeaderFlag,
  type Message,
  Opcode,
  parseMessage,
  RecordType,
  type ResourceRecord,
  readUint16,
  WireError,
  writeUint16,
} from '@cresset/dns-wire'

/** The bits of the header's second word that hold the operation. */
const OPCODE_SHIFT = 11
const OPCODE_BITS = 15 << OPCODE_SHIFT

/** The sections of an update (RFC 2136 section 2), of which the message has at most 65,535 bytes. */
export interface UpdateMessage {
  readonly zone: { readonly name: Uint8Array; readonly type: number; readonly class: number }
  readonly prerequisites: readonly ResourceRecord[]
  readonly updates: readonly ResourceRecord[]
  readonly ednsVersion: number | undefined
  /** A query for the zone's SOA with the same id and EDNS: the response to it, with another operation, is the response to the update. */
  readonly asQuery: Uint8Array
}

/** True for a request to change a zone, good or bad. */
export function isUpdate(message: Uint8Array): boolean {
  if (message.length < HEADER_BYTES) return false
  const flags = readUint16(message, 2)
  return (flags & HeaderFlag.QR) === 0 && (flags & OPCODE_BITS) >>> OPCODE_SHIFT === Opcode.UPDATE
}

/** Undefined for what is not well-formed, or has not one zone in its first section (RFC 2136 section 3.1.1). */
export function readUpdate(bytes: Uint8Array): UpdateMessage | undefined {
  let message: Message
  try {
    message = parseMessage(bytes)
  } catch (error) {
    if (error instanceof WireError) return undefined
    throw error
  }
  const { id, questions, answers, authorities, edns } = message
  const [zone] = questions
  if (zone === undefined || questions.length !== 1 || zone.type !== RecordType.SOA) return undefined
  const asQuery = buildQuery({
    id,
    name: zone.name,
    type: zone.type,
    udpPayloadBytes: edns?.udpPayloadBytes ?? 0,
    dnssecOk: edns?.dnssecOk ?? false,
    ednsOptions: edns?.options ?? [],
  })
  return { zone, prerequisites: answers, updates: authorities, ednsVersion: edns?.version, asQuery }
}

/** The response with the operation of an update. */
export function asUpdateResponse(response: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(response)
  const flags = readUint16(bytes, 2) & ~(OPCODE_BITS | HeaderFlag.RD | HeaderFlag.AA)
  writeUint16(bytes, 2, flags | (Opcode.UPDATE << OPCODE_SHIFT))
  return bytes
}

/** FORMERR for a request of which no more than its header can be believed. */
export function malformedResponse(message: Uint8Array, rcode: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES)
  bytes.set(message.subarray(0, 2))
  writeUint16(bytes, 2, HeaderFlag.QR | (Opcode.UPDATE << OPCODE_SHIFT) | rcode)
  return bytes
}
