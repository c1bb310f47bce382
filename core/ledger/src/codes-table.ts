import { codes } from './codes.ts'

const begin = '<!-- codes: written by core/ledger/scripts/write-codes.ts -->'
const end = '<!-- end of codes -->'

/** The page with its table of codes as `codes.ts` has them. Throws when the page has no place for it. */
export function withCodes(page: string): string {
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error('the page has no place for the table of codes')
  return `${page.slice(0, from + begin.length)}\n${codesTable()}${page.slice(to)}`
}

function codesTable(): string {
  const rows = Object.entries(codes).map(
    ([code, { number, places, meaning, remedy }]) =>
      `| ${number} | \`${code}\` | ${places.join(', ')} | ${meaning} | ${remedy} |\n`,
  )
  return `| number | code | where | meaning | what to do |\n|---|---|---|---|---|\n${rows.join('')}`
}
