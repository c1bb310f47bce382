import type { NaiveCode } from './codes.ts'

/**
 * A-labels (RFC 5890–5893) from the Unicode data of the Node that runs the test, not from the product's table. It judges
 * the scripts that the histories write in: Latin, Greek, Cyrillic, Hebrew, Arabic, Devanagari, Katakana and Han.
 */
export function aLabelProblem(label: string): NaiveCode | undefined {
  const text = decodePunycode(label.slice(4))
  if (text === undefined || /^\p{ASCII}*$/u.test(text) || encodePunycode(text) !== label.slice(4))
    return 'a-label-malformed'
  const characters = [...text]
  if (!characters.every(isAllowed)) return 'a-label-disallowed'
  if (text.normalize('NFC') !== text) return 'a-label-not-normalized'
  if (text.startsWith('-') || text.endsWith('-') || characters.slice(2, 4).join('') === '--') return 'label-hyphen'
  if (/^\p{M}/u.test(text)) return 'a-label-begins-with-mark'
  if (!characters.every((_, index) => contextHolds(characters, index))) return 'a-label-context'
  return directionHolds(characters) ? undefined : 'a-label-direction'
}

const pointOf = (character: string): number => character.codePointAt(0) as number
const anyOf = (from: number, to: number) => (character: string) =>
  pointOf(character) >= from && pointOf(character) <= to
const isArabicDigit = anyOf(0x660, 0x669)
const isExtendedDigit = anyOf(0x6f0, 0x6f9)

/** RFC 5892 section 2.6, PVALID; the others of that section are DISALLOWED. */
const exceptions = 'ßς་〇'
const needsContext = '·͵׳״・\u200c\u200d'
/** RFC 5892 section 2.6, DISALLOWED. */
const refused = 'ـߺ〮〯〱〲〳〴〵〻'

function isAllowed(character: string): boolean {
  if (exceptions.includes(character) || needsContext.includes(character)) return true
  if (isArabicDigit(character) || isExtendedDigit(character)) return true
  if (refused.includes(character)) return false
  if (/^[a-z0-9-]$/.test(character)) return true
  const folded = character.normalize('NFKC').toLowerCase().normalize('NFKC')
  if (folded !== character) return false
  if (/^[\p{Default_Ignorable_Code_Point}\p{White_Space}\p{Noncharacter_Code_Point}]$/u.test(character)) return false
  return /^[\p{Ll}\p{Lu}\p{Lo}\p{Nd}\p{Lm}\p{Mn}\p{Mc}]$/u.test(character)
}

/** RFC 5892 appendix A. */
function contextHolds(characters: string[], index: number): boolean {
  const before = characters[index - 1] ?? ''
  const after = characters[index + 1] ?? ''
  const character = characters[index] as string
  switch (character) {
    // Of the viramas only the Devanagari one is in the histories; no joining letters stand around a non-joiner there.
    case '\u200c':
    case '\u200d':
      return before === '\u094d'
    case '·':
      return before === 'l' && after === 'l'
    case '͵':
      return /^\p{Script=Greek}$/u.test(after)
    case '׳':
    case '״':
      return /^\p{Script=Hebrew}$/u.test(before)
    case '・':
      return characters.some((other) => /^[\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Han}]$/u.test(other))
  }
  if (isArabicDigit(character)) return !characters.some(isExtendedDigit)
  if (isExtendedDigit(character)) return !characters.some(isArabicDigit)
  return true
}

type Direction = 'L' | 'R' | 'AL' | 'AN' | 'EN' | 'ES' | 'NSM' | 'ON'

function directionOf(character: string): Direction {
  if (/^\p{Mn}$/u.test(character)) return 'NSM'
  if (/^[0-9]$/.test(character) || isExtendedDigit(character)) return 'EN'
  if (isArabicDigit(character)) return 'AN'
  if (character === '-') return 'ES'
  if (character === '·' || character === '͵' || character === '・') return 'ON'
  if (/^\p{Script=Hebrew}$/u.test(character) || character === '׳' || character === '״') return 'R'
  if (/^\p{Script=Arabic}$/u.test(character)) return 'AL'
  return 'L'
}

/** RFC 5893 section 2; a label without right-to-left characters is no Bidi label. */
function directionHolds(characters: string[]): boolean {
  const all = characters.map(directionOf)
  if (!all.some((one) => one === 'R' || one === 'AL' || one === 'AN')) return true
  const last = all.findLast((one) => one !== 'NSM') as Direction
  if (all[0] === 'L') {
    return all.every((one) => ['L', 'EN', 'ES', 'ON', 'NSM'].includes(one)) && ['L', 'EN'].includes(last)
  }
  if (all[0] !== 'R' && all[0] !== 'AL') return false
  return (
    all.every((one) => one !== 'L') &&
    ['R', 'AL', 'EN', 'AN'].includes(last) &&
    !(all.includes('EN') && all.includes('AN'))
  )
}

/** RFC 3492 section 6.2 by the book; undefined when the text is no Punycode. */
export function decodePunycode(text: string): string | undefined {
  const delimiter = text.lastIndexOf('-')
  const points = delimiter > 0 ? [...text.slice(0, delimiter)].map(pointOf) : []
  let n = 128
  let i = 0
  let bias = 72
  let at = delimiter > 0 ? delimiter + 1 : 0
  while (at < text.length) {
    const start = i
    let weight = 1
    for (let k = 36; ; k += 36) {
      const digit = 'abcdefghijklmnopqrstuvwxyz0123456789'.indexOf(text[at++] ?? '?')
      if (digit < 0) return undefined
      i += digit * weight
      const threshold = Math.min(Math.max(k - bias, 1), 26)
      if (digit < threshold) break
      weight *= 36 - threshold
      if (i > 2 ** 40 || weight > 2 ** 40) return undefined
    }
    const length = points.length + 1
    bias = adapt(i - start, length, start === 0)
    n += Math.floor(i / length)
    i %= length
    if (n > 0x10ffff || (n >= 0xd800 && n < 0xe000)) return undefined
    points.splice(i++, 0, n)
  }
  return String.fromCodePoint(...points)
}

/** RFC 3492 section 6.3. */
export function encodePunycode(text: string): string {
  const points = [...text].map(pointOf)
  const basic = points.filter((point) => point < 128)
  let output = String.fromCodePoint(...basic) + (basic.length > 0 ? '-' : '')
  let n = 128
  let delta = 0
  let bias = 72
  let handled = basic.length
  while (handled < points.length) {
    const next = Math.min(...points.filter((point) => point >= n))
    delta += (next - n) * (handled + 1)
    n = next
    for (const point of points) {
      if (point < n) delta++
      if (point !== n) continue
      let q = delta
      for (let k = 36; ; k += 36) {
        const threshold = Math.min(Math.max(k - bias, 1), 26)
        if (q < threshold) break
        output += digitOf(threshold + ((q - threshold) % (36 - threshold)))
        q = Math.floor((q - threshold) / (36 - threshold))
      }
      output += digitOf(q)
      bias = adapt(delta, handled + 1, handled === basic.length)
      delta = 0
      handled++
    }
    delta++
    n++
  }
  return output
}

function digitOf(value: number): string {
  return 'abcdefghijklmnopqrstuvwxyz0123456789'[value] as string
}

function adapt(given: number, length: number, first: boolean): number {
  let delta = first ? Math.floor(given / 700) : Math.floor(given / 2)
  delta += Math.floor(delta / length)
  let k = 0
  for (; delta > 455; k += 36) delta = Math.floor(delta / 35)
  return k + Math.floor((36 * delta) / (delta + 38))
}
