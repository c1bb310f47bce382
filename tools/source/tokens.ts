import { SyntaxKind } from 'typescript/unstable/ast'
import { createScanner } from 'typescript/unstable/ast/scanner'

/** One token of TypeScript source, without comments and white space. */
export type Token = {
  kind: 'name' | 'string' | 'template' | 'number' | 'regex' | 'mark'
  /** As written; for a string, its value. */
  text: string
  /** Counted from 1. */
  line: number
  start: number
  end: number
}

/**
 * Splits TypeScript source into tokens. TypeScript 7 has no stable API for this in JavaScript, so the scanner comes from
 * its pinned `unstable` entry and this file alone touches it; two grammar questions that a scanner cannot answer
 * (is `/` a division, does `}` end a template hole) are answered here from the tokens before.
 */
export function tokenize(source: string): Token[] {
  const scanner = createScanner(true)
  scanner.setText(source)
  const lineOf = lineCounter(source)
  const tokens: Token[] = []
  // One entry for each open `${`: how many plain braces are open inside it.
  const holes: number[] = []
  for (;;) {
    let kind = scanner.scan()
    if (kind === SyntaxKind.EndOfFile) return tokens
    if ((kind === SyntaxKind.SlashToken || kind === SyntaxKind.SlashEqualsToken) && startsRegex(tokens)) {
      kind = scanner.reScanSlashToken()
    }
    const innermost = holes.length - 1
    if (kind === SyntaxKind.OpenBraceToken && innermost >= 0) holes[innermost] = (holes[innermost] as number) + 1
    if (kind === SyntaxKind.CloseBraceToken && innermost >= 0) {
      if (holes[innermost] === 0) {
        kind = scanner.reScanTemplateToken(false)
        if (kind === SyntaxKind.TemplateTail) holes.pop()
      } else {
        holes[innermost] = (holes[innermost] as number) - 1
      }
    } else if (kind === SyntaxKind.TemplateHead) {
      holes.push(0)
    }
    const start = scanner.getTokenStart()
    const isString = kind === SyntaxKind.StringLiteral
    tokens.push({
      kind: nameKind(kind),
      text: isString ? scanner.getTokenValue() : scanner.getTokenText(),
      line: lineOf(start),
      start,
      end: scanner.getTokenEnd(),
    })
  }
}

function nameKind(kind: SyntaxKind): Token['kind'] {
  switch (kind) {
    case SyntaxKind.StringLiteral:
      return 'string'
    case SyntaxKind.NoSubstitutionTemplateLiteral:
    case SyntaxKind.TemplateHead:
    case SyntaxKind.TemplateMiddle:
    case SyntaxKind.TemplateTail:
      return 'template'
    case SyntaxKind.NumericLiteral:
    case SyntaxKind.BigIntLiteral:
      return 'number'
    case SyntaxKind.RegularExpressionLiteral:
      return 'regex'
    default:
      return kind === SyntaxKind.Identifier || (kind >= SyntaxKind.FirstKeyword && kind <= SyntaxKind.LastKeyword)
        ? 'name'
        : 'mark'
  }
}

const keywordsBeforeExpression = new Set(
  'return typeof case in of delete void throw new do else instanceof await yield'.split(' '),
)

/** A slash begins a regular expression where a value may begin: not after a value or a closing bracket. */
function startsRegex(before: readonly Token[]): boolean {
  const last = before.at(-1)
  if (last === undefined) return true
  if (last.kind === 'name') return keywordsBeforeExpression.has(last.text) && before.at(-2)?.text !== '.'
  if (last.kind === 'template') return last.text.endsWith('$' + '{')
  if (last.kind === 'mark') {
    // `if (x) /re/.test(y)` needs a parser; after `)` a division is by far the commoner reading.
    return ![')', ']', '}', '++', '--', '!'].includes(last.text) || (last.text === '!' && !endsValue(before.at(-2)))
  }
  return false
}

function endsValue(token: Token | undefined): boolean {
  if (token === undefined) return false
  if (token.kind === 'mark') return token.text === ')' || token.text === ']'
  return token.kind !== 'name' || !keywordsBeforeExpression.has(token.text)
}

function lineCounter(source: string): (offset: number) => number {
  let line = 1
  let seen = 0
  return (offset) => {
    for (; seen < offset; seen++) if (source.charCodeAt(seen) === 10) line++
    return line
  }
}
