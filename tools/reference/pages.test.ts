import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { repositoryRoot } from '../process/capture.ts'
import { referencePages } from './pages.ts'

const folder = join(repositoryRoot, 'docs/reference')

test('docs/reference holds the generated pages and nothing else', () => {
  assert.deepEqual(readdirSync(folder).sort(), Object.keys(referencePages).sort())
})

for (const [name, make] of Object.entries(referencePages)) {
  test(`docs/reference/${name} is current (else: npm run reference)`, async () => {
    assert.equal(readFileSync(join(folder, name), 'utf8'), await make())
  })
}
