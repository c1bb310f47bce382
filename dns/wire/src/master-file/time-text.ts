import { asciiLowerCase } from '../ascii-case.ts'
import { MAX_TTL_SECONDS } from '../limits.ts'

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
const UNITS = 'wdhms'

/** True when a token can only be meant as a TTL: it begins with a digit, as no class or type does. */
export function looksLikeTtl(token: string): boolean {
  const code = token.charCodeAt(0)
  return code >= 0x30 && code <= 0x39
}

/**
 * Seconds from `3600` or, as all servers read it, `1h30m`: units w, d, h, m, s in falling order, in either case. Undefined when it is
 * neither, or over 2^31 - 1 (RFC 2181 section 8).
 */
export function parseTtl(token: string): number | undefined {
  let seconds = 0
  let digits = ''
  let lastUnit = -1
  for (const character of token) {
    if (character >= '0' && character <= '9') {
      digits += character
      if (digits.length > 10) return undefined
      continue
    }
    const unit = asciiLowerCase(character)
    const rank = UNITS.indexOf(unit)
    if (digits === '' || rank <= lastUnit) return undefined
    seconds += Number(digits) * (SECONDS[unit] as number)
    digits = ''
    lastUnit = rank
  }
  if (digits !== '') {
    if (lastUnit >= 0) return undefined
    seconds = Number(digits)
  }
  return token !== '' && seconds <= MAX_TTL_SECONDS ? seconds : undefined
}
