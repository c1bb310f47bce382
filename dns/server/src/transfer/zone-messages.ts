import {
  HEADER_BYTES,
  HeaderFlag,
  MAX_MESSAGE_BYTES,
  MessageWriter,
  OPT_FIXED_BYTES,
  Rcode,
  readUint16,
  writeUint16,
  writeUint32,
} from '@cresset/dns-wire'
import { EXPIRE_BYTES, EXPIRE_OPTION, expireOption } from '../answer/expire-option.ts'
import { OPTION_HEADER_BYTES, paddingBytes, writePadding } from '../answer/padding.ts'
import type { Request } from '../answer/request.ts'
import { writeOpt, writeRecord } from '../answer/write-record.ts'
import { recordEnd } from '../records.ts'
import type { ZoneEntry } from '../store/memory-zone.ts'
import type { TsigSession } from '../tsig/tsig-session.ts'

/** Names can be pointed to within the first 16 KiB only, and a reader takes the zone in as it comes. */
const TARGET_BYTES = 16_384

/**
 * Records as the messages of a transfer (RFC 5936 section 2.2). Taken one by one, so that a slow reader holds one message and no more;
 * what `entries` gives must not change meanwhile. `expireSeconds` goes to those who ask for it (RFC 7314). Encrypted messages are padded, each to
 * full blocks, for who speaks EDNS (RFC 9103 sections 7.9.1 and 7.10.3, RFC 7830 section 4).
 */
export function* transferMessages(
  query: Uint8Array,
  request: Request,
  entries: Iterable<ZoneEntry>,
  session: TsigSession | undefined,
  expireSeconds: number,
  isEncrypted = false,
): Generator<Uint8Array> {
  const message = new TransferMessage(query, request, session, expireSeconds, isEncrypted)
  for (const { name, records } of entries) {
    for (let start = 0; start < records.length; start = recordEnd(records, start)) {
      const end = recordEnd(records, start)
      if (message.add(name, records, start, end)) continue
      yield message.finish()
      if (!message.add(name, records, start, end)) throw new Error('a record of the zone fits no message')
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
  readonly #expireSeconds: number | undefined
  readonly #isPadded: boolean
  #isFirst = true
  #answers = 0

  constructor(
    query: Uint8Array,
    request: Request,
    session: TsigSession | undefined,
    expireSeconds: number,
    isEncrypted: boolean,
  ) {
    this.#query = query
    this.#request = request
    this.#session = session
    this.#expireSeconds = request.edns?.wants.has(EXPIRE_OPTION) === true ? expireSeconds : undefined
    this.#isPadded = isEncrypted && request.edns !== undefined
    this.#tailBytes = OPT_FIXED_BYTES + 2 * OPTION_HEADER_BYTES + EXPIRE_BYTES + (session?.overhead ?? 0)
    this.#begin()
  }

  /** False when the message is full: then it must be finished first. A record always fits an empty one. */
  add(name: Uint8Array, records: Uint8Array, start: number, end: number): boolean {
    const writer = this.#writer
    if (this.#answers > 0 && writer.length + end - start > TARGET_BYTES) return false
    const mark = writer.mark()
    if (!writer.writeName(name) || !writeRecord(writer, records, start, end)) {
      writer.rollback(mark)
      return false
    }
    this.#answers += 1
    return true
  }

  finish(): Uint8Array {
    const { bytes, length } = this.#writer
    const flags = HeaderFlag.QR | HeaderFlag.AA | (readUint16(this.#query, 2) & HeaderFlag.RD)
    bytes.set(this.#query.subarray(0, 2))
    writeUint16(bytes, 2, flags)
    writeUint16(bytes, 4, this.#isFirst ? 1 : 0)
    writeUint16(bytes, 6, this.#answers)
    writeUint32(bytes, 8, 0)
    const { edns } = this.#request
    const plain = bytes.slice(0, edns === undefined ? length : this.#writeOpt(length, edns.dnssecOk))
    this.#isFirst = false
    this.#begin()
    return this.#session?.sign(plain) ?? plain
  }

  /** Returns where the message ends. */
  #writeOpt(start: number, dnssecOk: boolean): number {
    const { bytes } = this.#writer
    const option = this.#isFirst ? this.#expireSeconds : undefined
    const expireBytes = option === undefined ? 0 : OPTION_HEADER_BYTES + EXPIRE_BYTES
    const padding = this.#isPadded ? this.#paddingBehind(start + OPT_FIXED_BYTES + expireBytes) : 0
    const optionBytes = expireBytes + padding
    const end = writeOpt(bytes, { start, rcode: Rcode.NOERROR, dnssecOk, optionBytes })
    if (option !== undefined) {
      writeUint16(bytes, end, EXPIRE_OPTION)
      writeUint16(bytes, end + 2, EXPIRE_BYTES)
      bytes.set(expireOption(option), end + OPTION_HEADER_BYTES)
    }
    if (padding > 0) writePadding(bytes, end + expireBytes, padding)
    return end + optionBytes
  }

  #paddingBehind(bytes: number): number {
    return paddingBytes(bytes + (this.#session?.overhead ?? 0), MAX_MESSAGE_BYTES)
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
}
