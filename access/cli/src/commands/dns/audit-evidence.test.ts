import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { type Lie, writeEvidence } from './audit-evidence.ts'

const lie = (node: string): Lie => ({
  ...{ node, question: 'www.shop.acme. A', proven: ['192.0.2.1'], provenHeight: 7 },
  ...{ answered: ['192.0.2.66'], zoneHeight: 8, keyTags: [4711] },
})

test('false answers are written down once; a later audit tells that it was not, and goes on', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cresset-evidence-'))
  try {
    const path = join(folder, 'evidence.json')
    const warnings: string[] = []
    const output = { warn: (line: string) => void warnings.push(line) }
    assert.equal(await writeEvidence(output, path, 'chain', [lie('node1')]), path)
    const written = await readFile(path, 'utf8')
    assert.deepEqual(JSON.parse(written), { format: 'cresset-dns-evidence-v1', chainId: 'chain', lies: [lie('node1')] })
    assert.equal(await writeEvidence(output, path, 'chain', [lie('node2')]), null)
    assert.equal(await writeEvidence(output, join(folder, 'none', 'x'), 'chain', [lie('node2')]), null)
    assert.equal(await readFile(path, 'utf8'), written)
    assert.equal(warnings.length, 2)
    assert.match(warnings[0] ?? '', /^the false answers are not written down: .*evidence\.json exists/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
