import assert from 'node:assert/strict'
import { test } from 'node:test'
import { manifests, plant } from '../testing/plant.ts'
import { formatViolation } from './check.ts'
import { dependencyCheck } from './dependencies.ts'

test('what is imported must be declared', async (context) => {
  const root = plant(context, { ...manifests({ keys: {} }), 'keys/src/a.ts': `import { encode } from 'cborg/json'\n` })
  assert.deepEqual((await dependencyCheck.run(root)).map(formatViolation), [
    'keys/src/a.ts:1: cborg is imported but not a dependency of keys, npm install cborg@<exact version> -w keys',
  ])
})

test('what is declared must be imported, and not by tests alone', async (context) => {
  const root = plant(context, {
    ...manifests({ keys: { dependencies: { '@noble/hashes': '2.4.0', cborg: '6.1.5' } } }),
    'keys/src/a.ts': `import { sha256 } from '@noble/hashes/sha2.js'\n`,
    'keys/src/a.test.ts': `import { encode } from 'cborg'\n`,
  })
  assert.deepEqual((await dependencyCheck.run(root)).map(formatViolation), [
    'keys/package.json: cborg is never imported, remove the dependency',
  ])
})

test('versions are exact, in the root manifest too', async (context) => {
  const root = plant(context, {
    ...manifests({ keys: { dependencies: { cborg: '^6.1.5' } } }, { devDependencies: { typescript: '~7.0.2' } }),
    'keys/src/a.ts': `import { encode } from 'cborg'\n`,
  })
  assert.deepEqual((await dependencyCheck.run(root)).map(formatViolation), [
    'keys/package.json: cborg is declared as ^6.1.5, name one exact version',
    'package.json: typescript is declared as ~7.0.2, name one exact version',
  ])
})

test('a type import, an optional dependency and createRequire count as use', async (context) => {
  const root = plant(context, {
    ...manifests({ keys: { dependencies: { zod: '4.6.7' }, optionalDependencies: { 'sodium-native': '5.1.0' } } }),
    'keys/src/a.ts': `import type { z } from 'zod'\nconst load = createRequire(import.meta.url)\nload('sodium-native')\n`,
  })
  assert.deepEqual(await dependencyCheck.run(root), [])
})
