import assert from 'node:assert/strict'
import { test } from 'node:test'
import { findImports } from './imports.ts'

const found = (source: string): string[] => findImports(source).map(({ kind, specifier }) => `${kind} ${specifier}`)

const cases: readonly (readonly [string, string[]])[] = [
  [`import a from 'x'`, ['value x']],
  [`import 'x'`, ['value x']],
  [`import * as a from "x"`, ['value x']],
  [`import a, { b as c, type D } from 'x'`, ['value x']],
  [`import {\n  a,\n  b,\n} from 'x'`, ['value x']],
  [`import type { A } from 'x'`, ['type x']],
  [`import type A from 'x'`, ['type x']],
  [`import type from 'x'`, ['value x']],
  [`import { type A } from 'x'`, ['value x']],
  [`import data from './a.json' with { type: 'json' }`, ['value ./a.json']],
  [`export { a } from 'x'`, ['value x']],
  [`export * from 'x'`, ['value x']],
  [`export * as a from 'x'`, ['value x']],
  [`export type { A } from 'x'`, ['type x']],
  [`export type * from 'x'`, ['type x']],
  [`export const from = 'x'`, []],
  [`export type A = 'x'`, []],
  [`export default 'x'`, []],
  [`export { a }; const b = 'x'`, []],
  [`const a = await import('x')`, ['dynamic x']],
  ['const a = await import(`x`)', ['dynamic x']],
  [`type A = import('x').B`, ['dynamic x']],
  [`const a = require('x')`, ['dynamic x']],
  [`const load = createRequire(import.meta.url)\nload('x')`, ['dynamic x']],
  [`function f(load: (name: string) => unknown = createRequire(import.meta.url)) { load('x') }`, ['dynamic x']],
  [`new Worker(new URL('./w.ts', import.meta.url))`, ['url ./w.ts']],
  [`import.meta.resolve('./w.ts')`, ['url ./w.ts']],
  [`new URL('./w.ts', base)`, []],
  [`Promise.resolve('./w.ts')`, []],
  [`// import a from 'x'`, []],
  [`/* import a from 'x' */`, []],
  ['const a = `import a from "x"`', []],
  [`const a = "import b from 'x'"`, []],
  ['const a = `${await import("x")}`', ['dynamic x']],
  [`object.import('x')`, []],
  [`console.log(import.meta.url); f('x')`, []],
  [`const a = 'from'; import b from 'x'; import c from 'y'`, ['value x', 'value y']],
]

for (const [source, expected] of cases) {
  test(source.replaceAll('\n', ' '), () => assert.deepEqual(found(source), expected))
}

test('an import tells its line and where its specifier stands', () => {
  const source = `\nimport a from 'x'`
  const item = findImports(source)[0]
  assert.equal(item?.line, 2)
  assert.equal(source.slice(item?.start, item?.end), `'x'`)
})
