import { isTestSource, listFiles, readText } from '../source/files.ts'
import { tokenize } from '../source/tokens.ts'
import type { Check, Violation } from './check.ts'

// Written in two halves so that this file does not report itself.
const marker = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'X' + 'XX', 'HA' + 'CK'].join('|')})\\b`)
const mayPrint = /^(access\/cli|docs\/guides|tools|bench|simulation|test)\//
const textFile = /\.(ts|js|json|md|yml|yaml|css|html|sh)$/

export const strayMarkerCheck: Check = {
  name: 'tidy/markers',
  description: 'no markers of unfinished work, no narrowed tests, no stray console output',
  run(root) {
    const violations: Violation[] = []
    for (const file of listFiles(root)) {
      if (!textFile.test(file) || file === 'package-lock.json' || /^test\/(vectors|corpus)\//.test(file)) continue
      const source = readText(root, file)
      source.split('\n').forEach((text, index) => {
        const found = marker.exec(text)?.[1]
        if (found === undefined) return
        violations.push({ file, line: index + 1, message: `${found} marker`, remedy: 'do it now or open an issue' })
      })
      if (file.endsWith('.ts')) violations.push(...strayCalls(file, source))
    }
    return violations
  },
}

function strayCalls(file: string, source: string): Violation[] {
  const violations: Violation[] = []
  const tokens = tokenize(source)
  tokens.forEach((token, at) => {
    const owner = tokens[at - 2]?.text ?? ''
    if (token.kind !== 'name' || tokens[at - 1]?.text !== '.' || tokens[at + 1]?.text !== '(') return
    if (token.text === 'only' && ['test', 'it', 'describe', 'suite'].includes(owner)) {
      violations.push({ file, line: token.line, message: `${owner}.only( hides the other tests`, remedy: 'remove it' })
    }
    if (owner === 'console' && !mayPrint.test(file) && !isTestSource(file)) {
      const remedy = 'return the value, or take a logger'
      violations.push({ file, line: token.line, message: `console.${token.text} outside a program`, remedy })
    }
  })
  for (let at = 1; at < tokens.length; at++) {
    if (tokens[at]?.text === 'debugger' && tokens[at]?.kind === 'name' && tokens[at - 1]?.text !== '.') {
      violations.push({ file, line: tokens[at]?.line ?? 1, message: 'debugger statement', remedy: 'remove it' })
    }
  }
  return violations
}
