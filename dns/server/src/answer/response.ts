import {
  type EdnsOption,
  EdnsOptionCode,
  HEADER_BYTES,
  HeaderFlag,
  MAX_MESSAGE_BYTES,
  MessageWriter,
  OPT_FIXED_BYTES,
  RecordType,
  type Rrset,
  readUint16,
  readUint32,
  type WriterMark,
  writeEdnsOptions,
  writeUint16,
  writeUint32,
} from '@cresset/dns-wire'
import type { MissingSignature } from '../compact/missing-signature.ts'
import { encodeRecords, recordEnd } from '../records.ts'
import { unsignedRrsig } from '../sign/sign-rrset.ts'
import { type CompactDenial, SIGNATURE_BYTES } from '../zone-source.ts'
import { paddingBytes, writePadding } from './padding.ts'
import type { Request } from './request.ts'
import { writeOpt, writeRecord } from './write-record.ts'

export type Section = 'answer' | 'authority' | 'additional'

const NO_TEXT = new Uint8Array()
const NONE_MISSING: readonly MissingSignature[] = []

/** Offset of each section's count in the header. */
const COUNT_OFFSET = { answer: 6, authority: 8, additional: 10 } as const
/** One extended error without text. */
const EXTENDED_ERROR_BYTES = 6
/** Text of an extended error: a response without records has room for it within 512 bytes, whatever its question. */
export const MAX_ERROR_TEXT_BYTES = 200

/** One buffer for all: `answer` is synchronous and copies the finished message out. */
const writer = new MessageWriter(new Uint8Array(MAX_MESSAGE_BYTES))

/** A response under construction. Sections must be filled in their order. */
export class Response {
  isAuthoritative = false
  isTruncated = false
  /** CO of RFC 9824 section 5.1. */
  isCompactOk = false
  rcode: number
  /** Info code of RFC 8914, sent when the query has EDNS. */
  extendedError: number | undefined
  /** EXTRA-TEXT of the extended error; only for responses without records. */
  extendedErrorText: Uint8Array = NO_TEXT
  readonly #query: Uint8Array
  readonly #request: Request
  readonly #options: EdnsOption[] = []
  #optionBytes = 0
  /** Made when one is needed: most answers have none. */
  #missing: MissingSignature[] | undefined
  readonly #maxBytes: number
  /** Bytes that come behind a padded message; undefined without padding. */
  #behindPadding: number | undefined

  /** `maxBytes` bounds the whole message, with its OPT record, in which there will be room for `optionBytes`. */
  constructor(query: Uint8Array, request: Request, maxBytes: number, optionBytes = 0) {
    this.#query = query
    this.#request = request
    this.#maxBytes = maxBytes
    this.rcode = request.rcode
    const reserved = request.edns === undefined ? 0 : OPT_FIXED_BYTES + EXTENDED_ERROR_BYTES + optionBytes
    // Header and question are in every response, however little room the client leaves.
    writer.reset(Math.max(maxBytes - reserved, request.questionEnd))
    writer.writeBytes(query, 0, HEADER_BYTES)
    for (let offset = 4; offset < HEADER_BYTES; offset += 2) writeUint16(writer.bytes, offset, 0)
    if (request.questionEnd > HEADER_BYTES) {
      // The question goes back with its case as it came, and names that follow point into it.
      writer.writeName(query, HEADER_BYTES)
      writer.writeBytes(query, request.questionEnd - 4, request.questionEnd)
      writeUint16(writer.bytes, 4, 1)
    }
  }

  /**
   * Appends an RRset whole, or nothing and false when it does not fit. The owner's name starts at `owner[offset]`; `maxTtl`
   * lowers the TTL (RFC 2308 section 3).
   */
  addRrset(section: Section, owner: Uint8Array, offset: number, records: Uint8Array, maxTtl?: number): boolean {
    const mark = writer.mark()
    let count = 0
    for (let start = 0; start < records.length; count++) {
      const end = recordEnd(records, start)
      if (!writer.writeName(owner, offset)) return rollback(mark)
      const written = writer.length
      if (!writeRecord(writer, records, start, end)) return rollback(mark)
      if (maxTtl !== undefined && readUint32(writer.bytes, written + 4) > maxTtl)
        writeUint32(writer.bytes, written + 4, maxTtl)
      start = end
    }
    const countOffset = COUNT_OFFSET[section]
    writeUint16(writer.bytes, countOffset, readUint16(writer.bytes, countOffset) + count)
    return true
  }

  /** Like `addRrset`, for data that the response is not complete without: when it does not fit, the response is truncated. */
  addRequired(section: Section, owner: Uint8Array, offset: number, records: Uint8Array, maxTtl?: number): void {
    if (!this.isTruncated && !this.addRrset(section, owner, offset, records, maxTtl)) this.isTruncated = true
  }

  /** Signatures that the message has room for, and does not have. */
  get missing(): readonly MissingSignature[] {
    return this.#missing ?? NONE_MISSING
  }

  /** Appends the RRSIG records over an RRset at `rrset.owner`, with signatures that are made later. */
  addUnsigned(section: Section, apex: Uint8Array, rrset: Rrset, denial: CompactDenial): void {
    if (this.isTruncated) return
    const times = denial.times()
    for (const key of denial.keys) {
      const { head, bytes } = unsignedRrsig(apex, rrset, key, times)
      const rdata = new Uint8Array(head.length + SIGNATURE_BYTES)
      rdata.set(head)
      const rrsig = { owner: rrset.owner, type: RecordType.RRSIG, ttl: rrset.ttl, rdatas: [rdata] }
      this.addRequired(section, rrset.owner, 0, encodeRecords(rrsig))
      if (this.isTruncated) return
      // The signature ends the record, and the signer's name before it is not compressed (RFC 4034 section 3.1.7).
      this.#missing ??= []
      this.#missing.push({ denial, key, bytes, offset: writer.length - SIGNATURE_BYTES })
    }
  }

  /** Adds an option to the OPT record, for which there must be room by `optionBytes`. */
  addOption(code: number, data: Uint8Array): void {
    this.#options.push({ code, data })
    this.#optionBytes += 4 + data.length
  }

  /** Has the message padded to full blocks, `signatureBytes` behind it included. */
  pad(signatureBytes = 0): void {
    this.#behindPadding = signatureBytes
  }

  /** The finished message. A truncated one has no records: its reader must ask again by TCP, so they would only feed a flood. */
  finish(): Uint8Array {
    if (this.isTruncated) this.#dropRecords()
    const requestFlags = readUint16(this.#query, 2)
    // Kept: operation code and RD. Cleared: AD and CD, which mean nothing here (RFC 4035 section 3.1.6), and the reserved bit.
    let flags = HeaderFlag.QR | (requestFlags & 0x7800) | (requestFlags & HeaderFlag.RD) | (this.rcode & 15)
    if (this.isAuthoritative) flags |= HeaderFlag.AA
    if (this.isTruncated) flags |= HeaderFlag.TC
    writeUint16(writer.bytes, 2, flags)
    const size = this.#request.edns === undefined ? writer.length : this.#appendOpt()
    return writer.bytes.slice(0, size)
  }

  #dropRecords(): void {
    this.#missing = undefined
    for (const offset of Object.values(COUNT_OFFSET)) writeUint16(writer.bytes, offset, 0)
    writer.rollback({ length: this.#request.questionEnd, remembered: 0 })
  }

  #appendOpt(): number {
    const { bytes } = writer
    const text = this.extendedErrorText
    const errorBytes = this.extendedError === undefined ? 0 : EXTENDED_ERROR_BYTES + text.length
    const given = errorBytes + this.#optionBytes
    const padding = this.#paddingBehind(writer.length + OPT_FIXED_BYTES + given)
    const optionBytes = given + padding
    const start = writeOpt(bytes, {
      start: writer.length,
      rcode: this.rcode,
      dnssecOk: this.#request.edns?.dnssecOk === true,
      compactOk: this.isCompactOk,
      optionBytes,
    })
    if (this.extendedError !== undefined) {
      writeUint16(bytes, start, EdnsOptionCode.EXTENDED_ERROR)
      writeUint16(bytes, start + 2, 2 + text.length)
      writeUint16(bytes, start + 4, this.extendedError)
      bytes.set(text, start + EXTENDED_ERROR_BYTES)
    }
    bytes.set(writeEdnsOptions(this.#options), start + errorBytes)
    if (padding > 0) writePadding(bytes, start + given, padding)
    return start + optionBytes
  }

  #paddingBehind(bytes: number): number {
    const behind = this.#behindPadding
    return behind === undefined ? 0 : paddingBytes(bytes + behind, this.#maxBytes + behind)
  }
}

/** False, for what could not be written whole. */
function rollback(mark: WriterMark): false {
  writer.rollback(mark)
  return false
}
