import { readUint16, writeUint16 } from './integers.ts'
import type { EdnsOption } from './message.ts'
import { WireError } from './wire-error.ts'

/** EDNS options by code (IANA "DNS EDNS0 Option Codes"). */
export const EdnsOptionCode = {
  NSID: 3,
  COOKIE: 10,
  KEEPALIVE: 11,
  PADDING: 12,
  EXTENDED_ERROR: 15,
  ZONEVERSION: 19,
} as const

/** OPT record without options: root name, type, class, TTL, length. */
export const OPT_FIXED_BYTES = 11

/** Splits the RDATA of an OPT record. Throws `WireError` edns when an option runs past the end. */
export function readEdnsOptions(rdata: Uint8Array): EdnsOption[] {
  const options: EdnsOption[] = []
  for (let offset = 0; offset < rdata.length; ) {
    const end = ednsOptionEnd(rdata, offset, rdata.length)
    if (end < 0) throw new WireError('edns', 'an EDNS option runs past the end of its record')
    options.push({ code: readUint16(rdata, offset), data: rdata.slice(offset + 4, end) })
    offset = end
  }
  return options
}

/** Offset behind the option at `offset`, or -1 when it passes `limit`. */
export function ednsOptionEnd(bytes: Uint8Array, offset: number, limit: number): number {
  if (offset + 4 > limit) return -1
  const end = offset + 4 + readUint16(bytes, offset + 2)
  return end > limit ? -1 : end
}

export function writeEdnsOptions(options: readonly EdnsOption[]): Uint8Array {
  const bytes = new Uint8Array(options.reduce((sum, option) => sum + 4 + option.data.length, 0))
  let offset = 0
  for (const { code, data } of options) {
    writeUint16(bytes, offset, code)
    writeUint16(bytes, offset + 2, data.length)
    bytes.set(data, offset + 4)
    offset += 4 + data.length
  }
  return bytes
}

/** The info code of the first extended error among the options (RFC 8914 section 2), or undefined. */
export function extendedErrorCode(options: readonly EdnsOption[]): number | undefined {
  const data = extendedErrorData(options)
  return data === undefined ? undefined : readUint16(data, 0)
}

/** EXTRA-TEXT of the first extended error: the sender's words, in whatever bytes it chose. */
export function extendedErrorText(options: readonly EdnsOption[]): Uint8Array | undefined {
  const text = extendedErrorData(options)?.subarray(2)
  // RFC 8914 section 2: the text may end with a null, which is no part of it.
  return text?.at(-1) === 0 ? text.subarray(0, -1) : text
}

function extendedErrorData(options: readonly EdnsOption[]): Uint8Array | undefined {
  return options.find(({ code, data }) => code === EdnsOptionCode.EXTENDED_ERROR && data.length >= 2)?.data
}
