import { markdownTable } from '../../tools/reference/markdown-table.ts'
import { blockSpamFigures } from './block-spam.ts'
import { delayFigures } from './delay.ts'
import { expirySnipingFigures } from './expiry-sniping.ts'
import { feeDodgeFigures } from './fee-dodge.ts'
import type { Figure } from './figure.ts'
import { indexFloodingFigures } from './index-flooding.ts'
import { optionFigures } from './option.ts'

/** Each group plays its attacks on a ledger with the default parameters and asserts its relation. */
export const figureGroups: Readonly<Record<Figure['attack'], () => Figure[]>> = {
  option: optionFigures,
  delay: delayFigures,
  'fee-dodge': feeDodgeFigures,
  'block-spam': blockSpamFigures,
  'expiry-sniping': expirySnipingFigures,
  'index-flooding': indexFloodingFigures,
}

const begin = (attack: string): string => `<!-- ${attack}: written by test/economics/scripts/write-economics.ts -->\n`
const end = '<!-- end of figures -->'

/** The page with these figures as the tables of their attacks. Throws when the page has no place for one. */
export function withFigures(page: string, attack: Figure['attack'], figures: readonly Figure[]): string {
  const from = page.indexOf(begin(attack))
  const to = page.indexOf(end, from)
  if (from < 0 || to < from) throw new Error(`the page has no place for the figures of ${attack}`)
  return `${page.slice(0, from)}${begin(attack)}${tableOf(figures)}${page.slice(to)}`
}

function tableOf(figures: readonly Figure[]): string {
  return markdownTable(
    ['the attacker', 'it paid', 'others lost', 'others waited'],
    figures.map(({ how, paid, honestLost, delayMs }) => [
      how,
      String(paid),
      String(honestLost),
      delayMs === 0 ? '–' : `${delayMs / 1_000} s`,
    ]),
  )
}
