import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { addToCorpus, corpusFolder, readCorpus } from './corpus.ts'
import { runSeed } from './run.ts'

for (const { file, entry } of readCorpus(corpusFolder)) {
  test(`${file} does not break ${entry.invariant} again`, async () => {
    const { broken } = await runSeed(entry.options)
    assert.equal(broken, undefined, broken?.detail)
  })
}

test('an entry comes back as it was written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cresset-corpus-'))
  try {
    const entry = { invariant: 'equal-roots', foundAt: 'abc', options: { seed: 7, heights: 3, episodes: [1, 4] } }
    addToCorpus(folder, entry)
    assert.deepEqual(readCorpus(folder), [{ file: 'equal-roots-7.json', entry }])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
