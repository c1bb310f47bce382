import type { Random } from '../../tools/fuzz/random.ts'
import { encodePunycode } from '../naive-ledger/idna.ts'

/** Few, so that names are fought for. */
const common = ['a', 'b', 'shop', 'mail'] as const
export const zoneWords = ['acme', 'acme', 'acme', 'home.arpa'] as const

const odd = [
  'Shop',
  'sHOP',
  'shop.',
  'ns',
  '-a',
  'a-',
  'a_b',
  'ab--c',
  'xn--',
  'xn--a',
  'xn--abc-',
  'xn--zzzzzzzz9',
  'xn--a-b',
  'xn--shop-',
  'xn--Bcher-kva',
  'XN--BCHER-KVA',
  'x.y',
  'x..y',
  '.x',
  '',
  'www.shop',
  'a'.repeat(60),
  'a'.repeat(59),
  'a'.repeat(55),
  'a'.repeat(54),
  'a'.repeat(64),
] as const

/** Valid and not: look-alikes, marks first, both directions, joiners, compatibility forms. */
const international = [
  'bücher',
  'straße',
  'ελλάς',
  'почта',
  'שלום',
  'سلام',
  'س٣',
  'س۳٣',
  '1שלום',
  'שלום1',
  'aש',
  'שa',
  'bu\u0308cher',
  '\u0301a',
  'l·l',
  'a·l',
  'क्\u200dष',
  'क\u200dष',
  'a\u200cb',
  'ＡＢ',
  'ﬁsch',
  'Bücher',
  'ü-',
  '-ü',
  'ab--ü',
  '☃',
  'カ・ナ',
  'a・b',
  '͵α',
  '͵a',
  'א׳',
  'a׳',
  '漢字',
  'ـس',
  '٣',
  'שּׁ',
] as const

export function randomLabel(random: Random): string {
  if (random.oneIn(12)) return random.pick(odd)
  if (random.oneIn(14)) return `xn--${encodePunycode(random.pick(international))}`
  return random.pick(common)
}

/** The same that random histories pick from. */
export const allOddLabels: readonly string[] = [...odd, ...international.map((text) => `xn--${encodePunycode(text)}`)]

/** Texts that a transaction may name although no seal can hold them. */
export const oddNames = [
  'shop.acme.',
  'Shop.acme',
  'acme',
  '.acme',
  'www.shop.acme',
  'shop',
  '',
  `${'a'.repeat(65)}.acme`,
]
