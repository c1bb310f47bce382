import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rewriteSpecifiers } from './rewrite-specifiers.ts'

test('relative .ts specifiers become .js in declarations, workers and resolved paths', () => {
  const source = [
    `import { A } from './a.ts'`,
    `export * from "../b.ts"`,
    `type C = import('./c.ts').C`,
    `new Worker(new URL('./w.ts', import.meta.url))`,
    `import.meta.resolve('./main.ts')`,
  ].join('\n')
  assert.equal(rewriteSpecifiers(source), source.replaceAll('.ts', '.js'))
})

test('packages, other endings, comments and plain strings stay', () => {
  const source = `import a from 'x.ts'\nimport './a.js'\nimport './a.d.ts'\n// './a.ts'\nconst b = './a.ts'\n`
  assert.equal(rewriteSpecifiers(source), source)
})
