import { DerError } from './der-error.ts'
import { tags } from './tags.ts'

// Integer arithmetic over the proleptic Gregorian calendar: `Date` is banned in core, and its parser differs by engine.

export interface CivilTime {
  readonly year: number
  /** 1 … 12 */
  readonly month: number
  /** 1 … 31 */
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

/** 9999-12-31T23:59:59Z, "no well-defined expiration date" of RFC 5280 4.1.2.5. */
export const lastTimeMs = 253_402_300_799_000

const dayMs = 86_400_000

/** Milliseconds since 1970-01-01T00:00:00Z; the fields must be a real date (see `isCivilTime`). */
export function millisecondsOf(time: CivilTime): number {
  const days = daysSinceEpoch(time.year, time.month, time.day)
  return days * dayMs + ((time.hour * 60 + time.minute) * 60 + time.second) * 1000
}

/** The second that holds `timeMs`, in UTC. */
export function civilTimeOf(timeMs: number): CivilTime {
  const days = Math.floor(timeMs / dayMs)
  const seconds = Math.floor((timeMs - days * dayMs) / 1000)
  return {
    ...dateOf(days),
    hour: Math.floor(seconds / 3600),
    minute: Math.floor(seconds / 60) % 60,
    second: seconds % 60,
  }
}

export function isCivilTime(time: CivilTime): boolean {
  return (
    time.month >= 1 &&
    time.month <= 12 &&
    time.day >= 1 &&
    time.day <= daysInMonth(time.year, time.month) &&
    time.hour <= 23 &&
    time.minute <= 59 &&
    time.second <= 59
  )
}

/**
 * RFC 5280 4.1.2.5: UTCTime `YYMMDDHHMMSSZ` for 1950 … 2049, GeneralizedTime `YYYYMMDDHHMMSSZ` from 2050 on; no
 * fractions, no offsets, no leap second.
 */
export function decodeTime(tag: number, content: Uint8Array): number {
  if (tag !== tags.utcTime && tag !== tags.generalizedTime) throw new DerError('der-tag', 'not a time')
  const yearDigits = tag === tags.utcTime ? 2 : 4
  if (content.length !== yearDigits + 11 || content.at(-1) !== 0x5a)
    throw new DerError('der-time', 'not of the form …Z')
  const field = (offset: number, digits = 2): number => decodeDigits(content, offset, digits)
  const written = field(0, yearDigits)
  const year = tag === tags.generalizedTime ? written : written >= 50 ? 1900 + written : 2000 + written
  if (tag === tags.generalizedTime && year < 2050) throw new DerError('der-time', `${year} is written as UTCTime`)
  const time: CivilTime = {
    year,
    month: field(yearDigits),
    day: field(yearDigits + 2),
    hour: field(yearDigits + 4),
    minute: field(yearDigits + 6),
    second: field(yearDigits + 8),
  }
  if (!isCivilTime(time)) throw new DerError('der-time', 'no such date')
  return millisecondsOf(time)
}

/** Tag and text for a time in 1950 … 9999; the part below a second is cut off. */
export function encodeTime(timeMs: number): { readonly tag: number; readonly text: string } {
  const { year, month, day, hour, minute, second } = civilTimeOf(timeMs)
  if (!(year >= 1950 && year <= 9999)) throw new RangeError(`no X.509 time for ${timeMs} ms`)
  const rest = `${[month, day, hour, minute, second].map((field) => digits(field, 2)).join('')}Z`
  return year < 2050
    ? { tag: tags.utcTime, text: digits(year % 100, 2) + rest }
    : { tag: tags.generalizedTime, text: digits(year, 4) + rest }
}

function decodeDigits(content: Uint8Array, offset: number, count: number): number {
  let value = 0
  for (let index = offset; index < offset + count; index++) {
    const digit = (content[index] as number) - 0x30
    if (digit < 0 || digit > 9) throw new DerError('der-time', 'not a digit')
    value = value * 10 + digit
  }
  return value
}

function digits(value: number, count: number): string {
  return value.toString().padStart(count, '0')
}

function isLeapYear(year: number): boolean {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

// Years run from March here, so that a leap day is the last of its year and months follow one linear formula.
// 719,468 days lie between 0000-03-01 and 1970-01-01; 146,097 days are 400 years.
function daysSinceEpoch(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const era = Math.floor(marchYear / 400)
  const yearOfEra = marchYear - era * 400
  const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear
  return era * 146_097 + dayOfEra - 719_468
}

function dateOf(daysSince1970: number): { year: number; month: number; day: number } {
  const days = daysSince1970 + 719_468
  const era = Math.floor(days / 146_097)
  const dayOfEra = days - era * 146_097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = ((marchMonth + 2) % 12) + 1
  return {
    year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}
