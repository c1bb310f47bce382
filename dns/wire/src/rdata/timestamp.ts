/** YYYYMMDDHHmmSS in UTC (RFC 4034 section 3.2), by calendar arithmetic alone: this package has no clock. */

const SECONDS_A_DAY = 86_400

function isLeapYear(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return isLeapYear(year) ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}

function daysInYear(year: number): number {
  return isLeapYear(year) ? 366 : 365
}

/** Text of a number of seconds since 1970. */
export function formatTimestamp(seconds: number): string {
  let days = Math.floor(seconds / SECONDS_A_DAY)
  const rest = seconds % SECONDS_A_DAY
  let year = 1970
  for (; days >= daysInYear(year); year++) days -= daysInYear(year)
  let month = 1
  for (; days >= daysInMonth(year, month); month++) days -= daysInMonth(year, month)
  const parts = [month, days + 1, Math.floor(rest / 3600), Math.floor(rest / 60) % 60, rest % 60]
  return String(year) + parts.map((part) => String(part).padStart(2, '0')).join('')
}

/** Seconds since 1970; undefined when the text is no date, or one that 32 bits cannot hold. */
export function parseTimestamp(text: string): number | undefined {
  if (!/^[0-9]{14}$/.test(text)) return undefined
  const part = (start: number, end: number): number => Number(text.slice(start, end))
  const [year, month, day] = [part(0, 4), part(4, 6), part(6, 8)]
  const [hour, minute, second] = [part(8, 10), part(10, 12), part(12, 14)]
  if (year < 1970 || year > 2106 || month < 1 || month > 12 || day < 1 || day > daysInMonth(year, month))
    return undefined
  if (hour > 23 || minute > 59 || second > 59) return undefined
  let days = day - 1
  for (let before = 1970; before < year; before++) days += daysInYear(before)
  for (let before = 1; before < month; before++) days += daysInMonth(year, before)
  const seconds = days * SECONDS_A_DAY + hour * 3600 + minute * 60 + second
  return seconds < 2 ** 32 ? seconds : undefined
}
