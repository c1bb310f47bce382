/** What differs from run to run; everything else in a shown output must be as the document says. */
const varying: readonly (readonly [RegExp, string])[] = [
  [/\b\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\b/g, '<time>'],
  [/\b1[789]\d{11}\b/g, '<milliseconds>'],
  // dig breaks long data at 56 digits.
  [/\b[0-9A-F]{56} [0-9A-F]{8}\b/g, '<hex>'],
  [/\b[0-9a-fA-F]{16,}\b…?/g, '<hex>'],
  [/\b[A-Za-z0-9+/_-]{60,}={0,2}/g, '<base64>'],
  [/\((?:now|\d+ (?:d|h|min|s)\b[^()]*)\)/g, '(<duration>)'],
  [/\b(height|block|Height)([": ]+)\d+/g, '$1$2<height>'],
  [/\b\d of 4 votes/g, '<n> of 4 votes'],
  [/"(ageMs|signers)":\d+/g, '"$1":<n>'],
  [/\bcertificate +\d{3} bytes/g, 'certificate <n> bytes'],
  // A row of `network status`: height, view, phase and waiting transactions are those of the moment.
  [/^(\w+) +\d+ +\d+ +\w+ +(\d of \d) +\d+$/g, '$1 <moment> $2'],
  [/ {2,}/g, ' '],
]

const normalized = (line: string): string =>
  varying.reduce((text, [pattern, mark]) => text.replace(pattern, mark), line.trimEnd())

/** `…` in a line stands for any text of that line. */
function matchesLine(shown: string, printed: string): boolean {
  const parts = normalized(shown).split('…')
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.*')
  return new RegExp(`^${pattern}$`, 's').test(normalized(printed))
}

const linesOf = (text: string): string[] => text.replace(/^\n+|\n+$/g, '').split('\n')

/** The first difference in a sentence, or undefined. A line that is only `…` stands for any number of lines. */
export function outputProblem(shown: string, printed: string): string | undefined {
  const expected = linesOf(shown)
  const actual = linesOf(printed)
  let at = 0
  let open = false
  for (const line of expected) {
    if (line.trim() === '…') {
      open = true
      continue
    }
    const found = open
      ? actual.findIndex((candidate, index) => index >= at && matchesLine(line, candidate))
      : matchesLine(line, actual[at] ?? '')
        ? at
        : -1
    if (found < 0) return `the document shows "${line}"; printed was ${JSON.stringify(actual.slice(at))}`
    at = found + 1
    open = false
  }
  return open || at === actual.length
    ? undefined
    : `printed beyond what the document shows: ${JSON.stringify(actual.slice(at))}`
}
