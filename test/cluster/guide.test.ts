import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { skipWithout } from '../../tools/system-tools.ts'
import { fencesOf } from './documents/document.ts'
import { runDocument } from './documents/run-document.ts'

const guide = new URL('../../docs/guides/first-consortium.md', import.meta.url)

test('the programs that the guide shows are the files that its commands run', async () => {
  const shown = fencesOf(await readFile(guide, 'utf8')).filter((fence) => fence.language === 'ts')
  assert.ok(shown.length > 0)
  for (const { comment, text } of shown) {
    const name = /^file: (.+)$/.exec(comment ?? '')?.[1]
    assert.equal(text, await readFile(new URL(name ?? '', guide), 'utf8'))
  }
})

test('the commands of the guide work and print what it shows', { skip: skipWithout('dig', 'openssl', 'curl') }, () =>
  runDocument(fileURLToPath(guide)),
)
