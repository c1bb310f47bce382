import { UsageError } from './exit-codes.ts'

export interface Currency {
  readonly name: string
  readonly decimals: number
}

/** `12.5` or `12.5 credit` → integer units. Nothing is rounded: too many decimals are refused. */
export function parseAmount(text: string, currency: Currency): bigint {
  const match = /^(\d{1,20})(?:\.(\d{1,18}))?(?: ?([A-Za-z][A-Za-z0-9-]*))?$/.exec(text.trim())
  if (/^\d{21,}/.test(text)) throw new UsageError(`"${text}" is more than a ledger counts`)
  if (!match) throw new UsageError(`"${text}" is not an amount; write for example 12.5 or "12.5 ${currency.name}"`)
  const [, whole = '0', fraction = '', unit] = match
  if (unit !== undefined && unit !== currency.name)
    throw new UsageError(`this ledger counts in ${currency.name}, not in ${unit}`)
  if (fraction.length > currency.decimals) {
    throw new UsageError(`"${text}" has ${fraction.length} decimals; ${currency.name} has ${currency.decimals}`)
  }
  return BigInt(whole) * 10n ** BigInt(currency.decimals) + BigInt(fraction.padEnd(currency.decimals, '0') || '0')
}

/** Integer units → `12.5 credit`. */
export function formatAmount(units: bigint, currency: Currency): string {
  const sign = units < 0n ? '-' : ''
  const digits = (units < 0n ? -units : units).toString().padStart(currency.decimals + 1, '0')
  const whole = digits.slice(0, digits.length - currency.decimals)
  const fraction = digits.slice(digits.length - currency.decimals).replace(/0+$/, '')
  return `${sign}${whole}${fraction ? `.${fraction}` : ''} ${currency.name}`
}

const unitsMs: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
]

/** Milliseconds → `29 d 23 h`: the two greatest units. */
export function formatDuration(durationMs: number): string {
  const parts: string[] = []
  let rest = Math.max(0, Math.floor(durationMs))
  for (const [unit, sizeMs] of unitsMs) {
    const count = Math.floor(rest / sizeMs)
    rest -= count * sizeMs
    if (count > 0) parts.push(`${count} ${unit}`)
    if (parts.length === 2) break
  }
  return parts.length > 0 ? parts.join(' ') : '0 s'
}

/** The last moment that a Date holds: a file or a node can name a later one. */
const lastDateMs = 8.64e15

export const formatTime = (timeMs: number): string =>
  `${new Date(Math.min(timeMs, lastDateMs))
    .toISOString()
    .replace('T', ' ')
    .replace(/\.\d+Z$/, '')} UTC`
