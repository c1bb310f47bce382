import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { layers, packageNameOfFolder } from '../layers.ts'
import { plant } from '../testing/plant.ts'
import { formatViolation } from './check.ts'
import { layerCheck } from './layers.ts'

async function violations(context: TestContext, file: string, source: string): Promise<string[]> {
  return (await layerCheck.run(plant(context, { [file]: source }))).map(formatViolation)
}

const refused: readonly (readonly [string, string, RegExp])[] = [
  ['core/codec/src/a.ts', `import { x } from '@cresset/core-crypto'`, /core\/codec may not import core\/crypto/],
  ['core/codec/src/a.ts', `import type { X } from '@cresset/core-crypto'`, /may not import/],
  ['core/codec/src/a.ts', `export * from '@cresset/core-crypto'`, /may not import/],
  ['core/codec/src/a.ts', `await import('@cresset/core-crypto')`, /may not import/],
  ['core/codec/src/a.ts', `import { readFileSync } from 'node:fs'`, /imports node:fs, but must run without Node/],
  ['core/codec/src/a.ts', `import type { Stats } from 'node:fs'`, /without Node/],
  ['core/crypto/src/hash.ts', `import { hash } from 'node:crypto'`, /#platform/],
  ['dns/wire/src/a.ts', `import { isIP } from 'node:net'`, /without Node/],
  ['access/client/src/a.ts', `import http from 'node:http'`, /#platform/],
  ['access/client/src/a.ts', `import { z } from 'zod'`, /92 KB/],
  ['network/storage/src/a.ts', `import { x } from '@cresset/network-transport'`, /may import core\/\*/],
  ['network/application/src/a.ts', `import { x } from '@cresset/network-consensus/quorum'`, /consensus\/quorum/],
  ['access/http-api/src/a.ts', `import { Client } from '@cresset/access-client'`, /only types/],
  ['access/http-api/src/a.ts', `import { type Client } from '@cresset/access-client'`, /only types/],
  ['node/src/a.ts', `import { x } from '@cresset/access-cli'`, /may not import access\/cli/],
  ['node/src/a.ts', `import { x } from '@cresset/simulation'`, /may not import simulation/],
  ['node/src/a.ts', `import { x } from '@cresset/unheard-of'`, /has no row/],
  ['core/codec/src/a.ts', `import { x } from '../../crypto/src/hash.ts'`, /relative import leaves core\/codec/],
  ['core/codec/src/a.ts', `import { x } from '@cresset/core-codec'`, /imports itself by name/],
  ['core/codec/src/a.ts', `import { x } from './testing/samples.ts'`, /published source imports test source/],
  ['new/package/src/a.ts', `export {}`, /no row in tools\/layers.ts/],
]

for (const [file, source, expected] of refused) {
  test(`${file} may not: ${source}`, async (context) => {
    const found = await violations(context, file, `\n${source}\n`)
    assert.equal(found.length, 1)
    assert.match(found[0] ?? '', expected)
    assert.ok(found[0]?.startsWith(file))
  })
}

const allowed: readonly (readonly [string, string])[] = [
  ['core/crypto/src/a.ts', `import { x } from '@cresset/core-codec'`],
  ['core/crypto/src/a.ts', `import { x } from '#platform'`],
  ['core/crypto/src/platform/node.ts', `import { hash } from 'node:crypto'`],
  ['core/crypto/src/platform-node.ts', `import { hash } from 'node:crypto'`],
  ['core/codec/src/a.test.ts', `import { x } from '@cresset/node'\nimport test from 'node:test'`],
  ['core/codec/src/testing/samples.ts', `import test from 'node:test'`],
  ['network/application/src/a.ts', `import { x } from '@cresset/network-consensus/interface'`],
  ['access/http-api/src/a.ts', `import type { Client } from '@cresset/access-client'`],
  ['simulation/src/a.ts', `import { x } from '@cresset/network-consensus/quorum'`],
  ['node/src/a.ts', `// import { x } from '@cresset/simulation'`],
]

for (const [file, source] of allowed) {
  test(`${file} may: ${source.split('\n')[0]}`, async (context) => {
    assert.deepEqual(await violations(context, file, source), [])
  })
}

test('the table has no circle', () => {
  const reach = (folder: string, seen: readonly string[]): void => {
    assert.ok(!seen.includes(folder), `circle: ${[...seen, folder].join(' → ')}`)
    const layer = layers.find((candidate) => candidate.folder === folder)
    for (const rule of layer?.imports ?? []) {
      const path = rule.replace(/:types$/, '')
      if (path === '*') continue
      const next = layers
        .map((candidate) => candidate.folder)
        .filter(
          (other) =>
            other === path ||
            path.startsWith(`${other}/`) ||
            (path.endsWith('/*') && other.startsWith(path.slice(0, -1))),
        )
      assert.ok(next.length > 0, `${folder} lists ${rule}, which is no package`)
      for (const other of next) reach(other, [...seen, folder])
    }
  }
  for (const { folder } of layers) reach(folder, [])
})

test('no two packages share a name', () => {
  assert.equal(new Set(layers.map(({ folder }) => packageNameOfFolder(folder))).size, layers.length)
})
