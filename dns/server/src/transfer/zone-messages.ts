import {
  EDNS_DO,
  HEADER_BYTES,
  HeaderFlag,
  MAX_MESSAGE_BYTES,
  MessageWriter,
  nameEnd,
  namesInRdata,
  OPT_FIXED_BYTES,
  RecordClass,
  RecordType,
  type Rrset,
  readUint16,
  writeUint16,
  writeUint32,
} from '@cresset/dns-wire'
import type { Request } from '../answer/request.ts'
import type { TsigSession } from '../tsig/tsig-session.ts'

/** Names can be pointed to within the first 16 KiB only, and a reader takes the zone in as it comes. */
const TARGET_BYTES = 16_384
const ANNOUNCED_UDP_PAYLOAD_BYTES = 1232

/**
 * Records as the messages of a transfer (RFC 5936 section 2.2). Taken one by one, so that a slow reader holds one message and no more;
 * what `rrsets` gives must not change meanwhile.
 */
export function* transferMessages(
  query: Uint8Array,
  request: Request,
  rrsets: Iterable<Rrset>,
  session: TsigSession | undefined,
): Generator<Uint8Array> {
  const message = new TransferMessage(query, request, session)
  for (const { owner, type, ttl, rdatas } of rrsets) {
    for (const rdata of rdatas) {
      if (message.add(owner, type, ttl, rdata)) continue
      yield message.finish()
      message.add(owner, type, ttl, rdata)
    }
  }
  yield message.finish()
}

/** One message of a transfer after the other, in one buffer. */
class TransferMessage {
  readonly #query: Uint8Array
  readonly #request: Request
  readonly #session: TsigSession | undefined
  readonly #writer = new MessageWriter(new Uint8Array(MAX_MESSAGE_BYTES))
  readonly #tailBytes: number
  #isFirst = true
  #answers = 0

  constructor(query: Uint8Array, request: Request, session: TsigSession | undefined) {
    this.#query = query
    this.#request = request
    this.#session = session
    this.#tailBytes = OPT_FIXED_BYTES + (session?.overhead ?? 0)
    this.#begin()
  }

  /** False when the message is full: then it must be finished first. A record always fits an empty one. */
  add(owner: Uint8Array, type: number, ttl: number, rdata: Uint8Array): boolean {
    const writer = this.#writer
    if (this.#answers > 0 && writer.length + rdata.length > TARGET_BYTES) return false
    const mark = writer.mark()
    const isWritten =
      writer.writeName(owner) &&
      writer.writeUint16(type) &&
      writer.writeUint16(RecordClass.IN) &&
      writer.writeUint32(ttl) &&
      this.#writeRdata(type, rdata)
    if (!isWritten) {
      writer.rollback(mark)
      return false
    }
    this.#answers += 1
    return true
  }

  finish(): Uint8Array {
    const { bytes } = this.#writer
    const flags = HeaderFlag.QR | HeaderFlag.AA | (readUint16(this.#query, 2) & HeaderFlag.RD)
    bytes.set(this.#query.subarray(0, 2))
    writeUint16(bytes, 2, flags)
    writeUint16(bytes, 4, this.#isFirst ? 1 : 0)
    writeUint16(bytes, 6, this.#answers)
    writeUint32(bytes, 8, 0)
    let end = this.#writer.length
    const { edns } = this.#request
    if (edns !== undefined) {
      bytes[end] = 0
      writeUint16(bytes, end + 1, RecordType.OPT)
      writeUint16(bytes, end + 3, ANNOUNCED_UDP_PAYLOAD_BYTES)
      writeUint32(bytes, end + 5, edns.dnssecOk ? EDNS_DO : 0)
      writeUint16(bytes, end + 9, 0)
      writeUint16(bytes, 10, 1)
      end += OPT_FIXED_BYTES
    }
    const plain = bytes.slice(0, end)
    this.#isFirst = false
    this.#begin()
    return this.#session?.sign(plain) ?? plain
  }

  #begin(): void {
    const writer = this.#writer
    writer.reset(MAX_MESSAGE_BYTES - this.#tailBytes)
    writer.writeBytes(this.#query, 0, HEADER_BYTES)
    this.#answers = 0
    if (!this.#isFirst) return
    const { questionEnd } = this.#request
    writer.writeName(this.#query, HEADER_BYTES)
    writer.writeBytes(this.#query, questionEnd - 4, questionEnd)
  }

  #writeRdata(type: number, rdata: Uint8Array): boolean {
    const writer = this.#writer
    const lengthAt = writer.length
    if (!writer.writeUint16(rdata.length)) return false
    const layout = namesInRdata(type)
    if (layout === undefined || !layout.compressible) return writer.writeBytes(rdata)
    if (!writer.writeBytes(rdata, 0, layout.prefixBytes)) return false
    let offset = layout.prefixBytes
    for (let count = 0; count < layout.names; count++) {
      if (!writer.writeName(rdata, offset)) return false
      offset = nameEnd(rdata, offset)
    }
    if (!writer.writeBytes(rdata, offset)) return false
    writeUint16(writer.bytes, lengthAt, writer.length - lengthAt - 2)
    return true
  }
}
