import { CodecError } from './codec-error.ts'

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** Lower-case hex. */
export function toHex(bytes: Uint8Array): string {
  let hex = ''
  for (let index = 0; index < bytes.length; index++) hex += hexOfByte[bytes[index] as number]
  return hex
}

function hexDigit(unit: number): number {
  if (unit >= 0x30 && unit <= 0x39) return unit - 0x30
  if (unit >= 0x61 && unit <= 0x66) return unit - 0x57
  return -1
}

/** Lower-case hex only, so that a value has one spelling. `bytes` demands that length. Throws CodecError. */
export function fromHex(hex: string, expected: { bytes?: number } = {}): Uint8Array {
  if (typeof hex !== 'string' || hex.length % 2 !== 0)
    throw new CodecError('malformed', 'not an even number of hex digits')
  if (expected.bytes !== undefined && hex.length !== expected.bytes * 2) {
    throw new CodecError(
      hex.length > expected.bytes * 2 ? 'too-long' : 'too-short',
      `${hex.length / 2} bytes of hex, expected ${expected.bytes}`,
    )
  }
  const bytes = new Uint8Array(hex.length / 2)
  for (let index = 0; index < bytes.length; index++) {
    const high = hexDigit(hex.charCodeAt(2 * index))
    const low = hexDigit(hex.charCodeAt(2 * index + 1))
    if (high < 0 || low < 0) throw new CodecError('malformed', 'not lower-case hex')
    bytes[index] = high * 16 + low
  }
  return bytes
}

const base64UrlAlphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const base64UrlValues = new Map(Array.from(base64UrlAlphabet, (letter, value) => [letter, value]))

/** RFC 4648 section 5, without padding. */
export function toBase64Url(bytes: Uint8Array): string {
  let encoded = ''
  for (let index = 0; index < bytes.length; index += 3) {
    const [first = 0, second = 0, third = 0] = bytes.subarray(index, index + 3)
    const bits = (first << 16) | (second << 8) | third
    const letters = Math.min(3, bytes.length - index) + 1
    for (let letter = 0; letter < letters; letter++) encoded += base64UrlAlphabet[(bits >> (18 - 6 * letter)) & 63]
  }
  return encoded
}

/** RFC 4648 section 5, without padding; bits left over must be zero (section 3.5). Throws CodecError. */
export function fromBase64Url(encoded: string): Uint8Array {
  if (typeof encoded !== 'string' || encoded.length % 4 === 1) throw new CodecError('malformed', 'not base64url')
  const bytes = new Uint8Array(Math.floor((encoded.length * 3) / 4))
  let bits = 0
  let bitCount = 0
  let at = 0
  for (const letter of encoded) {
    const value = base64UrlValues.get(letter)
    if (value === undefined) throw new CodecError('malformed', 'not base64url')
    bits = ((bits << 6) | value) & 0x3fff
    bitCount += 6
    if (bitCount >= 8) {
      bitCount -= 8
      bytes[at++] = bits >> bitCount
    }
  }
  if ((bits & ((1 << bitCount) - 1)) !== 0) throw new CodecError('not-canonical', 'base64url has bits left over')
  return bytes
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** UTF-8 of a well-formed string. Throws CodecError on a lone surrogate. */
export function utf8(text: string): Uint8Array {
  if (/\p{Surrogate}/u.test(text)) throw new CodecError('out-of-range', 'text has a lone surrogate')
  return encoder.encode(text)
}

/** Strict UTF-8 (RFC 3629); a byte order mark stays in the text. Throws CodecError. */
export function fromUtf8(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new CodecError('malformed', 'not UTF-8', { cause })
  }
}

/** A–Z to a–z and nothing else: the locale and the Unicode version of the machine must not matter. */
export function asciiLowerCase(text: string): string {
  let lower = ''
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index)
    lower += unit >= 0x41 && unit <= 0x5a ? String.fromCharCode(unit + 32) : text[index]
  }
  return lower
}
