import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tokenize } from './tokens.ts'

const texts = (source: string): string[] => tokenize(source).map((token) => token.text)

test('comments are left out, strings give their value', () => {
  assert.deepEqual(texts(`a // Date\n/* Date */ = 'it\\'s' // end`), ['a', '=', "it's"])
})

test('a quote inside a template does not open a string', () => {
  assert.deepEqual(texts('const a = `it\'s ${b} "here` + Date'), [
    'const',
    'a',
    '=',
    "`it's ${",
    'b',
    '} "here`',
    '+',
    'Date',
  ])
})

test('templates nest, with objects inside their holes', () => {
  const source = '`a${ f({ x: `b${ { y: 1 } }c` }) }d` + end'
  assert.equal(texts(source).at(-1), 'end')
  assert.ok(texts(source).includes('}d`'))
})

test('a regular expression with quotes is one token, a division is not', () => {
  const kinds = tokenize(`const a = /["'\`]/g.test(b) ? c / d / e : x[0] / 2 / (y) / z`)
  assert.deepEqual(
    kinds.filter((token) => token.kind === 'regex').map((token) => token.text),
    [`/["'\`]/g`],
  )
})

test('a regular expression follows return, a comma, an arrow and a negation', () => {
  for (const before of ['return', ',', '=>', '= !', '(', '&&', 'case']) {
    const tokens = tokenize(`${before} /'/`)
    assert.equal(tokens.at(-1)?.kind, 'regex', before)
  }
})

test('a slash after a value, a bracket or a non-null assertion divides', () => {
  for (const before of ['a', 'a.return', ')', ']', '1', 'a!', 'f()!', 'a[0]!']) {
    assert.equal(tokenize(`${before} / b / c`).filter((token) => token.kind === 'regex').length, 0, before)
  }
})

test('lines are counted from 1', () => {
  assert.deepEqual(
    tokenize('a\n\n/*\n*/ b').map((token) => token.line),
    [1, 4],
  )
})
