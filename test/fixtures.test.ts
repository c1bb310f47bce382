import assert from 'node:assert/strict'
import { readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { test } from 'node:test'
import { manifestOf, releaseFolder, releases } from './fixtures/releases.ts'

test('this version has fixtures (else run test/fixtures/scripts/write-fixtures.ts)', async () => {
  assert.ok((await releases()).includes(await releaseFolder()))
})

for (const release of await releases()) {
  test(`a node of this version opens the data of ${basename(release)} and replays its ledger to the same roots`, async () => {
    const manifest: unknown = JSON.parse(await readFile(join(release, 'manifest.json'), 'utf8'))
    assert.deepEqual(await manifestOf(release), manifest)
    for (const file of ['ledger.gz', 'data.gz']) assert.ok((await stat(join(release, file))).size < 300_000)
  })
}
