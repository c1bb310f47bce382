import { readUint32, writeUint32 } from '../integers.ts'
import { WireError } from '../wire-error.ts'
import type { Field } from './field.ts'
import type { TokenReader } from './tokens.ts'

/**
 * A place on the earth (RFC 1876): version, three sizes of a mantissa and a power of ten in centimetres, latitude and longitude in
 * thousandths of a second of arc around 2^31, altitude in centimetres above 100,000 m below the WGS 84 spheroid.
 */
const LOCATION_BYTES = 16
const MIDDLE = 2 ** 31
const THOUSANDTHS_A_DEGREE = 3_600_000
const MAX_LATITUDE = 90 * THOUSANDTHS_A_DEGREE
const MAX_LONGITUDE = 180 * THOUSANDTHS_A_DEGREE
const BASE_CENTIMETRES = 10_000_000
const MAX_DIGIT = 9
/** RFC 1876 section 3: 1 m, 10 km and 10 m when text leaves them out. */
const DEFAULT_SIZE = 0x12
const DEFAULT_HORIZONTAL = 0x16
const DEFAULT_VERTICAL = 0x13

export const locationField: Field = {
  check(rdata, offset) {
    if (offset + LOCATION_BYTES > rdata.length) return 'rdata-truncated'
    const isKnown =
      rdata[offset] === 0 &&
      rdata.subarray(offset + 1, offset + 4).every(isPrecision) &&
      Math.abs(readUint32(rdata, offset + 4) - MIDDLE) <= MAX_LATITUDE &&
      Math.abs(readUint32(rdata, offset + 8) - MIDDLE) <= MAX_LONGITUDE
    return isKnown ? offset + LOCATION_BYTES : 'rdata-value'
  },
  format: (rdata, offset) =>
    [
      formatAngle(readUint32(rdata, offset + 4) - MIDDLE, 'N', 'S'),
      formatAngle(readUint32(rdata, offset + 8) - MIDDLE, 'E', 'W'),
      formatMetres(readUint32(rdata, offset + 12) - BASE_CENTIMETRES),
      ...Array.from(rdata.subarray(offset + 1, offset + 4), formatPrecision),
    ].join(' '),
  parse(tokens) {
    const bytes = new Uint8Array(LOCATION_BYTES)
    writeUint32(bytes, 4, MIDDLE + parseAngle(tokens, 'latitude', 90, 'N', 'S'))
    writeUint32(bytes, 8, MIDDLE + parseAngle(tokens, 'longitude', 180, 'E', 'W'))
    writeUint32(
      bytes,
      12,
      BASE_CENTIMETRES + parseCentimetres(tokens.take('altitude'), -BASE_CENTIMETRES, 4_284_967_295),
    )
    const defaults = [DEFAULT_SIZE, DEFAULT_HORIZONTAL, DEFAULT_VERTICAL]
    for (const [index, missing] of defaults.entries())
      bytes[1 + index] = tokens.isAtEnd ? missing : parsePrecision(tokens.take('size'))
    return bytes
  },
}

/** A mantissa and a power of ten, a digit each; no other zero than 0. */
function isPrecision(byte: number): boolean {
  const mantissa = byte >> 4
  const power = byte & 15
  return mantissa <= MAX_DIGIT && power <= MAX_DIGIT && (mantissa > 0 || power === 0)
}

function parseAngle(tokens: TokenReader, what: string, maximum: number, plus: string, minus: string): number {
  const parts: string[] = []
  let side = tokens.take(what)
  for (; side !== plus && side !== minus && parts.length < 3; side = tokens.take(what)) parts.push(side)
  const match = /^(\d{1,3})(?: (\d{1,2})(?: (\d{1,2})(?:\.(\d{1,3}))?)?)?$/.exec(parts.join(' '))
  const [degrees, minutes, seconds] = [1, 2, 3].map((group) => Number(match?.[group] ?? 0)) as [number, number, number]
  const thousandths = Number((match?.[4] ?? '').padEnd(3, '0'))
  const angle = ((degrees * 60 + minutes) * 60 + seconds) * 1000 + thousandths
  const isAngle = match !== null && (side === plus || side === minus) && minutes < 60 && seconds < 60
  if (!isAngle || angle > maximum * THOUSANDTHS_A_DEGREE)
    throw new WireError(
      'rdata-syntax',
      `a ${what} is degrees up to ${maximum}, minutes and seconds, then ${plus} or ${minus}`,
    )
  return side === plus ? angle : -angle
}

function formatAngle(angle: number, plus: string, minus: string): string {
  const size = Math.abs(angle)
  const seconds = Math.floor(size / 1000)
  const fraction = String(size % 1000).padStart(3, '0')
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, `${seconds % 60}.${fraction}`]
  return `${parts.join(' ')} ${angle < 0 ? minus : plus}`
}

function parseCentimetres(token: string, minimum: number, maximum: number): number {
  const match = /^(-?)(\d{1,8})(?:\.(\d{1,2}))?m?$/.exec(token)
  const size = Number(match?.[2]) * 100 + Number((match?.[3] ?? '').padEnd(2, '0'))
  const centimetres = match?.[1] === '-' ? 0 - size : size
  if (!(centimetres >= minimum && centimetres <= maximum))
    throw new WireError('rdata-syntax', `a length is metres between ${minimum / 100} and ${maximum / 100}`)
  return centimetres
}

function formatMetres(centimetres: number): string {
  const size = Math.abs(centimetres)
  return `${centimetres < 0 ? '-' : ''}${Math.floor(size / 100)}.${String(size % 100).padStart(2, '0')}m`
}

/** Digits behind the first are cut off: the form has one. */
function parsePrecision(token: string): number {
  let mantissa = parseCentimetres(token, 0, 9_000_000_000)
  let power = 0
  for (; mantissa > MAX_DIGIT; power++) mantissa = Math.floor(mantissa / 10)
  return (mantissa << 4) | power
}

function formatPrecision(byte: number): string {
  return formatMetres((byte >> 4) * 10 ** (byte & 15))
}
