import { type Codec, declare } from './codec.ts'
import { CodecError } from './codec-error.ts'
import { headBytes, utf8Length } from './item.ts'

/** Limits of a string in bytes, both included. */
export interface ByteLimit {
  minBytes?: number
  maxBytes: number
}

function checkLength(length: number, { minBytes = 0, maxBytes }: ByteLimit): void {
  if (length > maxBytes) throw new CodecError('too-long', `${length} bytes, the limit is ${maxBytes}`)
  if (length < minBytes) throw new CodecError('too-short', `${length} bytes, at least ${minBytes} are needed`)
}

/** Byte string. Decoded bytes are a copy of their own. */
export function bytes(limit: ByteLimit): Codec<Uint8Array> {
  const check = (value: Uint8Array): Uint8Array => {
    if (!(value instanceof Uint8Array)) throw new CodecError('wrong-type', 'expected a Uint8Array')
    checkLength(value.length, limit)
    return value
  }
  return declare({
    maxBytes: headBytes(limit.maxBytes) + limit.maxBytes,
    toItem: check,
    read: (reader) => check(reader.bytes()),
  })
}

/** Byte string of one length. */
export function fixedBytes(length: number): Codec<Uint8Array> {
  return bytes({ minBytes: length, maxBytes: length })
}

export const hash32: Codec<Uint8Array> = fixedBytes(32)

const loneSurrogate = /\p{Surrogate}/u

function textOf(limit: ByteLimit, judge: (value: string) => void): Codec<string> {
  const check = (value: string): string => {
    if (typeof value !== 'string') throw new CodecError('wrong-type', 'expected a string')
    judge(value)
    checkLength(utf8Length(value), limit)
    return value
  }
  return declare({
    maxBytes: headBytes(limit.maxBytes) + limit.maxBytes,
    toItem: check,
    read: (reader) => check(reader.text()),
  })
}

/**
 * Well-formed UTF-8 (RFC 3629), no other judgement but one: a byte order mark at the start is refused, because
 * text decoders drop it silently.
 */
export function text(limit: ByteLimit): Codec<string> {
  return textOf(limit, (value) => {
    if (value.charCodeAt(0) === 0xfeff) throw new CodecError('out-of-range', 'text starts with a byte order mark')
    if (loneSurrogate.test(value)) throw new CodecError('out-of-range', 'text has a lone surrogate')
  })
}

/** Printable ASCII, 0x20 to 0x7e. */
export function asciiText(limit: ByteLimit): Codec<string> {
  return textOf(limit, (value) => {
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index)
      if (unit < 0x20 || unit > 0x7e)
        throw new CodecError('out-of-range', 'text has a character outside ASCII 0x20–0x7e')
    }
  })
}
