import { concatBytes } from '@cresset/core-codec'
import { MAX_RDATA_BYTES } from '../limits.ts'
import { WireError } from '../wire-error.ts'
import { type Field, within } from './field.ts'
import { decodeString, quoteString } from './tokens.ts'

const MAX_STRING_BYTES = 255

/** Bytes behind their length byte. Throws `WireError` rdata-syntax. */
function lengthPrefixed(token: string): Uint8Array {
  const value = decodeString(token)
  if (value.length > MAX_STRING_BYTES) throw new WireError('rdata-syntax', 'a character string has more than 255 bytes')
  const bytes = new Uint8Array(1 + value.length)
  bytes[0] = value.length
  bytes.set(value, 1)
  return bytes
}

/** One character string (RFC 1035 section 3.3). */
export function stringField(what: string): Field {
  return {
    check: (rdata, offset) => within(rdata, offset + 1 + (rdata[offset] ?? 0)),
    format: (rdata, offset, end) => quoteString(rdata.subarray(offset + 1, end)),
    parse: (tokens) => lengthPrefixed(tokens.take(what)),
  }
}

/** One or more character strings up to the end. */
export const stringsField: Field = {
  check(rdata, offset) {
    if (offset === rdata.length) return 'rdata-empty'
    let position = offset
    while (position < rdata.length) position += 1 + (rdata[position] as number)
    return within(rdata, position)
  },
  format(rdata, offset, end) {
    const strings: string[] = []
    for (let position = offset; position < end; position += 1 + (rdata[position] as number)) {
      strings.push(quoteString(rdata.subarray(position + 1, position + 1 + (rdata[position] as number))))
    }
    return strings.join(' ')
  },
  parse(tokens) {
    const strings: Uint8Array[] = []
    let bytes = 0
    do {
      const string = lengthPrefixed(tokens.take('text'))
      bytes += string.length
      if (bytes > MAX_RDATA_BYTES) throw new WireError('rdata-syntax', 'the strings have more than 65535 bytes')
      strings.push(string)
    } while (!tokens.isAtEnd)
    return concatBytes(...strings)
  },
}

/** A quoted text that fills the rest of the RDATA, without a length (CAA and URI values). */
export function restTextField(what: string, isEmptyAllowed: boolean): Field {
  return {
    check: (rdata, offset) => (offset === rdata.length && !isEmptyAllowed ? 'rdata-empty' : rdata.length),
    format: (rdata, offset, end) => quoteString(rdata.subarray(offset, end)),
    parse: (tokens) => decodeString(tokens.take(what)),
  }
}

/** A property tag of RFC 8659 section 4.1: 1 to 15 lower-case letters and digits behind their length. */
export const propertyTagField: Field = {
  check(rdata, offset) {
    const length = rdata[offset]
    if (length === undefined || offset + 1 + length > rdata.length) return 'rdata-truncated'
    const tag = rdata.subarray(offset + 1, offset + 1 + length)
    const isTag = tag.every((byte) => (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x30 && byte <= 0x39))
    return length >= 1 && length <= 15 && isTag ? offset + 1 + length : 'rdata-value'
  },
  format: (rdata, offset, end) => String.fromCharCode(...rdata.subarray(offset + 1, end)),
  parse: (tokens) => lengthPrefixed(tokens.take('property tag')),
}
