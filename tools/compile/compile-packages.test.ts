import assert from 'node:assert/strict'
import { existsSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { repositoryRoot } from '../process/capture.ts'
import { manifests, plant } from '../testing/plant.ts'
import { compilePackages } from './compile-packages.ts'

const exported = { '.': { 'cresset-source': './src/index.ts', types: './dist/index.d.ts', default: './dist/index.js' } }

test('build places JavaScript and declarations, leaves tests out, and follows changes', async (context) => {
  const more = { type: 'module', exports: exported }
  const root = plant(context, {
    ...manifests(
      { keys: { ...more, bin: { x: './dist/main.js' } }, hidden: { ...more, private: true } },
      { type: 'module' },
    ),
    'tsconfig.json': readFileSync(join(repositoryRoot, 'tsconfig.json')),
    'tsconfig.build.json': readFileSync(join(repositoryRoot, 'tsconfig.build.json')),
    'keys/src/index.ts': `import type { Name } from './name.ts'\nexport { size } from './name.ts'\nexport const name: Name = 'a'\n`,
    'keys/src/name.ts': `export type Name = string\nexport const size: number = 1\n`,
    'keys/src/main.ts': `#!/usr/bin/env node\nexport {}\n`,
    'keys/src/table.json': '{}',
    'keys/src/a.test.ts': 'export {}\n',
    'keys/src/a.fuzz.ts': 'export {}\n',
    'keys/src/testing/samples.ts': 'export {}\n',
    'hidden/src/index.ts': 'export {}\n',
  })
  symlinkSync(join(repositoryRoot, 'node_modules'), join(root, 'node_modules'))
  const dist = join(root, 'keys/dist')

  const first = await compilePackages(root)
  assert.deepEqual(first, { packages: 1, written: 7, removed: 0, errors: [] })
  assert.match(readFileSync(join(dist, 'index.js'), 'utf8'), /from '.\/name.js'/)
  assert.match(readFileSync(join(dist, 'index.d.ts'), 'utf8'), /from '.\/name.js'/)
  for (const absent of ['a.test.js', 'a.fuzz.js', 'testing']) assert.ok(!existsSync(join(dist, absent)), absent)
  assert.ok(!existsSync(join(root, 'hidden/dist')))
  assert.ok((statSync(join(dist, 'main.js')).mode & 0o100) !== 0, 'a program can be executed')

  assert.deepEqual(await compilePackages(root), { packages: 1, written: 0, removed: 0, errors: [] })

  rmSync(join(root, 'keys/src/main.ts'))
  writeFileSync(join(root, 'keys/src/name.ts'), `export type Name = string\nexport const size: number = 2\n`)
  assert.deepEqual(await compilePackages(root), { packages: 1, written: 1, removed: 2, errors: [] })

  writeFileSync(join(root, 'keys/src/name.ts'), `export type Name = string\nexport const size: number = 'x'\n`)
  const broken = await compilePackages(root)
  assert.deepEqual(
    broken.errors.map(({ file, line }) => `${file}:${line}`),
    ['keys/src/name.ts:2'],
  )
})
