import { type Token, tokenize } from './tokens.ts'

/** One reference from a source file to another module. */
export type Import = {
  specifier: string
  line: number
  /** `type` disappears when types are stripped; `url` names a file: `new URL('…', import.meta.url)`, `import.meta.resolve`. */
  kind: 'value' | 'type' | 'dynamic' | 'url'
  /** Where the quoted specifier stands in the source. */
  start: number
  end: number
}

/** Every static, type, dynamic and worker import, and every re-export, of a TypeScript or JavaScript source text. */
export function findImports(source: string, tokens: readonly Token[] = tokenize(source)): Import[] {
  const found: Import[] = []
  const add = (token: Token | undefined, kind: Import['kind']): void => {
    if (token?.kind === 'string' || (token?.kind === 'template' && token.text.endsWith('`') && token.text.length > 1)) {
      const specifier = token.kind === 'string' ? token.text : token.text.slice(1, -1)
      found.push({ specifier, kind, line: token.line, start: token.start, end: token.end })
    }
  }
  const requires = new Set(['require'])
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] as Token
    const next = tokens[at + 1]
    if (token.text === 'createRequire' && tokens[at - 1]?.text === '=') requires.add(declaredName(tokens, at - 1))
    const before = tokens[at - 1]?.text
    if (token.text === 'resolve' && before === '.' && next?.text === '(' && tokens[at - 2]?.text === 'meta') {
      add(tokens[at + 2], 'url')
    }
    if (token.kind !== 'name' || before === '.' || before === '?.') continue
    if (token.text === 'import' && next?.text === '(') {
      // `typeof import('x')` and `import('x').Type` in a type position read the same as a dynamic import: both count.
      add(tokens[at + 2], 'dynamic')
    } else if (token.text === 'import' && next?.kind === 'string') {
      add(next, 'value')
    } else if (token.text === 'import' || token.text === 'export') {
      const clause = readClause(tokens, at)
      if (clause !== undefined) add(clause.specifier, clause.typeOnly ? 'type' : 'value')
    } else if (requires.has(token.text) && next?.text === '(' && before !== 'function') {
      add(tokens[at + 2], 'dynamic')
    } else if (token.text === 'URL' && before === 'new' && next?.text === '(' && tokens[at + 3]?.text === ',') {
      const base = tokens.slice(at + 4, at + 9).map((part) => part.text)
      if (base.join('').startsWith('import.meta.')) add(tokens[at + 2], 'url')
    }
  }
  return found
}

/** Reads `import a, { b } from 'x'`, `export * from 'x'`, `import a = require('x')`; nothing for other exports. */
function readClause(tokens: readonly Token[], start: number): { specifier: Token; typeOnly: boolean } | undefined {
  const typeKeyword = tokens[start + 1]?.text === 'type' && tokens[start + 2]?.text !== 'from'
  let at = start + (typeKeyword ? 2 : 1)
  const first = tokens[at]
  if (first === undefined) return undefined
  const isExport = tokens[start]?.text === 'export'
  if (isExport && first.text !== '*' && first.text !== '{') return undefined
  if (!isExport && first.kind !== 'name' && first.text !== '*' && first.text !== '{') return undefined
  for (; at < tokens.length; at++) {
    const token = tokens[at] as Token
    // `import { type A } from 'x'` still loads x when types are stripped, so only a leading `type` makes a type import.
    if (token.text === 'from' && tokens[at + 1]?.kind === 'string') {
      return { specifier: tokens[at + 1] as Token, typeOnly: typeKeyword }
    }
    if (token.kind !== 'name' && token.kind !== 'string' && !['*', ',', '{', '}'].includes(token.text)) return undefined
  }
  return undefined
}

/** The name that the `=` at a place initializes: of `const load = …` or of a parameter `load: (name: string) => unknown = …`. */
function declaredName(tokens: readonly Token[], equals: number): string {
  let depth = 0
  for (let at = equals - 1; at > 0; at--) {
    const { kind, text } = tokens[at] as Token
    if (text === ')' || text === ']' || text === '}') depth++
    else if (text === '(' || text === '[' || text === '{') depth--
    const before = tokens[at - 1]?.text ?? ''
    if (depth === 0 && kind === 'name' && ['const', 'let', 'var', '(', ','].includes(before)) return text
  }
  return 'require'
}
