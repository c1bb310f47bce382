import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { repositoryRoot } from '../process/capture.ts'
import { plant } from '../testing/plant.ts'
import { formatViolation } from './check.ts'
import { runChecks } from './run-checks.ts'
import { formatCheck, lintCheck } from './style.ts'
import { typeCheck } from './types.ts'

const read = (file: string): string => readFileSync(join(repositoryRoot, file), 'utf8')

test('format finds a file that is not formatted', async (context) => {
  const root = plant(context, {
    'biome.json': read('biome.json'),
    'a.ts': 'export const a   =  "x";\n',
    'b.ts': `export const b = 'x'\n`,
  })
  assert.deepEqual((await formatCheck.run(root)).map(formatViolation), ['a.ts: not formatted, npm run format'])
})

const lintCases: readonly (readonly [string, RegExp])[] = [
  [`import { readFileSync } from 'fs'\n\nexport const a = readFileSync\n`, /useNodejsImportProtocol/],
  ['export const a: any = 1\n', /noExplicitAny/],
  ['const a = 1\n\nexport const b = 2\n', /noUnusedVariables/],
  [`import { a } from './b.ts'\n\nexport const b = 2\n`, /noUnusedImports/],
  [`import { A } from './b.ts'\n\nexport const b: A = 2\n`, /useImportType/],
  [`import { a } from './b'\n\nexport const b = a\n`, /useImportExtensions/],
  [`export async function f(): Promise<void> {}\n\nexport function g(): void {\n  f()\n}\n`, /noFloatingPromises/],
  [`import { z } from './z.ts'\nimport { b } from './b.ts'\n\nexport const c = [b, z]\n`, /organizeImports/],
  [`export function f(): void {\n  throw 'text'\n}\n`, /useThrowOnlyError/],
]

for (const [source, expected] of lintCases) {
  test(`lint finds ${expected.source}`, async (context) => {
    const root = plant(context, {
      'biome.json': read('biome.json'),
      'a.ts': source,
      'b.ts': 'export type A = number\nexport const a: A = 1\nexport const b = 1\n',
      'z.ts': 'export const z = 1\n',
    })
    const found = (await lintCheck.run(root)).map(formatViolation)
    assert.ok(found.length >= 1)
    assert.match(found.join('\n'), expected)
    assert.ok(
      found.every((line) => line.startsWith('a.ts:')),
      found.join('\n'),
    )
  })
}

test('types finds an error and tells its place', async (context) => {
  const root = plant(context, {
    'tsconfig.json': JSON.stringify({
      extends: join(repositoryRoot, 'tsconfig.json'),
      compilerOptions: { types: [] },
      include: ['*.ts'],
    }),
    'package.json': '{ "type": "module" }',
    'a.ts': `const list: number[] = []\nexport const first: number = list[0]\n`,
  })
  const found = (await typeCheck.run(root)).map(formatViolation)
  assert.equal(found.length, 1)
  assert.match(found[0] ?? '', /^a\.ts:2: TS2322: /)
})

test('the types check breaks down rather than pass when the compiler cannot run', async (context) => {
  const root = plant(context, { 'tsconfig.json': '{ "include": ["nothing/*.ts"] }' })
  const lines: string[] = []
  const [result] = await runChecks(root, [typeCheck], (line) => lines.push(line))
  assert.equal(result?.violations.length, 1)
  assert.match(lines.join('\n'), /✘ types .* 1 to fix\n.*broke down/s)
})
