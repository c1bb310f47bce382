import { fromBase64Url, fromHex, toBase64Url, toHex } from '@cresset/core-codec'
import { formatAddress, parseIpv4, parseIpv6 } from '../address-text.ts'
import { asciiLowerCase } from '../ascii-case.ts'
import { WireError } from '../wire-error.ts'
import { type Field, within } from './field.ts'

/** Bytes from hex in either case, as record text has it. Throws `WireError` rdata-syntax. */
export function parseHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text))
    throw new WireError('rdata-syntax', 'not an even number of hex digits')
  return fromHex(asciiLowerCase(text))
}

/** Bytes from base64 with its padding (RFC 4648 section 4). Throws `WireError` rdata-syntax. */
export function parseBase64(text: string): Uint8Array {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new WireError('rdata-syntax', 'not base64')
  try {
    return fromBase64Url(text.replace(/=+$/, '').replaceAll('+', '-').replaceAll('/', '_'))
  } catch {
    throw new WireError('rdata-syntax', 'base64 has bits left over')
  }
}

export function formatBase64(bytes: Uint8Array): string {
  const text = toBase64Url(bytes).replaceAll('-', '+').replaceAll('_', '/')
  return text + '='.repeat((4 - (text.length % 4)) % 4)
}

function restField(what: string, parse: (text: string) => Uint8Array, format: (bytes: Uint8Array) => string): Field {
  return {
    check: (rdata, offset) => (offset === rdata.length ? 'rdata-empty' : rdata.length),
    format: (rdata, offset, end) => format(rdata.subarray(offset, end)),
    // White space may split long data into several tokens.
    parse: (tokens) => parse([tokens.take(what), ...tokens.takeRest()].join('')),
  }
}

/** At least one byte up to the end, as hex. */
export function restHexField(what: string): Field {
  return restField(what, parseHex, toHex)
}

/** At least one byte up to the end, as base64. */
export function restBase64Field(what: string): Field {
  return restField(what, parseBase64, formatBase64)
}

/** Bytes behind a length byte, as hex; none is `-` (RFC 5155 section 3.3). */
export const saltField: Field = {
  check: (rdata, offset) => within(rdata, offset + 1 + (rdata[offset] ?? 0)),
  format: (rdata, offset, end) => (end === offset + 1 ? '-' : toHex(rdata.subarray(offset + 1, end))),
  parse(tokens) {
    const token = tokens.take('salt')
    const salt = token === '-' ? new Uint8Array() : parseHex(token)
    if (salt.length > 255) throw new WireError('rdata-syntax', 'a salt has more than 255 bytes')
    return Uint8Array.of(salt.length, ...salt)
  },
}

const BASE32_HEX = '0123456789abcdefghijklmnopqrstuv'

/** base32hex in lower case, without padding (RFC 4648 section 7, as RFC 5155 section 3.3 writes it). */
export function formatBase32Hex(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let bitCount = 0
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xffff
    for (bitCount += 8; bitCount >= 5; bitCount -= 5) text += BASE32_HEX[(bits >> (bitCount - 5)) & 31]
  }
  return bitCount === 0 ? text : text + BASE32_HEX[(bits << (5 - bitCount)) & 31]
}

/** Bytes from base32hex in either case, without padding; undefined when it is none. Bits left over are dropped. */
export function parseBase32Hex(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(Math.floor((text.length * 5) / 8))
  let length = 0
  let bits = 0
  let bitCount = 0
  for (const digit of asciiLowerCase(text)) {
    const value = BASE32_HEX.indexOf(digit)
    if (value < 0) return undefined
    bits = ((bits << 5) | value) & 0xffff
    bitCount += 5
    if (bitCount >= 8) {
      bitCount -= 8
      bytes[length++] = (bits >> bitCount) & 255
    }
  }
  return bytes
}

/** Bytes behind a length byte, as base32hex without padding (RFC 5155 section 3.3). */
export const hashedNameField: Field = {
  check(rdata, offset) {
    const length = rdata[offset] ?? 0
    return length === 0 ? 'rdata-empty' : within(rdata, offset + 1 + length)
  },
  format: (rdata, offset, end) => formatBase32Hex(rdata.subarray(offset + 1, end)),
  parse(tokens) {
    const bytes = parseBase32Hex(tokens.take('hashed name'))
    if (bytes === undefined) throw new WireError('rdata-syntax', 'not base32hex')
    if (bytes.length === 0 || bytes.length > 255)
      throw new WireError('rdata-syntax', 'a hashed name has 1 to 255 bytes')
    return Uint8Array.of(bytes.length, ...bytes)
  },
}

function addressField(bytes: 4 | 16, parse: (text: string) => Uint8Array | undefined): Field {
  return {
    check: (rdata, offset) => within(rdata, offset + bytes),
    format: (rdata, offset) => formatAddress(rdata.subarray(offset, offset + bytes)),
    parse(tokens) {
      const address = parse(tokens.take('address'))
      if (address === undefined)
        throw new WireError('rdata-syntax', bytes === 4 ? 'not an IPv4 address' : 'not an IPv6 address')
      return address
    },
  }
}

export const ipv4Field: Field = addressField(4, parseIpv4)
export const ipv6Field: Field = addressField(16, parseIpv6)

/** 48 or 64 bits as hex pairs joined by hyphens (RFC 7043). */
export function extendedIdentifierField(bytes: 6 | 8): Field {
  return {
    check: (rdata, offset) => within(rdata, offset + bytes),
    format: (rdata, offset) =>
      Array.from(rdata.subarray(offset, offset + bytes), (byte) => toHex(Uint8Array.of(byte))).join('-'),
    parse(tokens) {
      const pairs = tokens.take('identifier').split('-')
      if (pairs.length !== bytes || pairs.some((pair) => pair.length !== 2)) {
        throw new WireError('rdata-syntax', `an identifier is ${bytes} hex pairs joined by hyphens`)
      }
      return parseHex(pairs.join(''))
    },
  }
}
