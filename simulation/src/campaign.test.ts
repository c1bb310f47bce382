import assert from 'node:assert/strict'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { Campaign } from './campaign.ts'
import type { RunResult } from './run.ts'
import { sourceDigest } from './source-digest.ts'
import { progressLine, Tally } from './tally.ts'

const result: RunResult = {
  seed: 1,
  engine: 'pbft',
  nodes: 4,
  byzantine: 'none',
  sets: 1,
  heights: 200,
  rounds: 220,
  episodes: 5,
  drawnEpisodes: 6,
  transactions: 300,
  crashes: 2,
  simulatedMs: 60_000,
  frames: 1_000,
  effects: [],
  marks: ['view change'],
  faultsHash: undefined,
  traceHash: '',
  broken: undefined,
}

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), 'cresset-campaign-'))
  try {
    use(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('parts of one campaign add up, and those of another do not count', () => {
  inFolder((folder) => {
    const first = new Campaign(folder, 'abc from 1 {}', 1, Tally)
    first.tally.add(result)
    first.next = 2
    first.save()
    const second = new Campaign(folder, 'abc from 1 {}', 1, Tally)
    assert.equal(second.next, 2)
    second.tally.add(result)
    assert.deepEqual(
      [second.tally.seeds, second.tally.rounds, second.tally.coverage.counts.get('view change')],
      [2, 440, 2],
    )
    const other = new Campaign(folder, 'abd from 1 {}', 1, Tally)
    assert.deepEqual([other.next, other.tally.seeds], [1, 0])
  })
})

test('the digest of sources changes with what a run is made of, and with nothing else', () => {
  inFolder((root) => {
    const write = (path: string, text: string): void => {
      mkdirSync(join(root, path, '..'), { recursive: true })
      writeFileSync(join(root, path), text)
    }
    const manifest = (name: string, ...needs: string[]): string =>
      JSON.stringify({ name: `@cresset/${name}`, dependencies: Object.fromEntries(needs.map((need) => [need, '1'])) })
    write('package-lock.json', '{}')
    write('simulation/package.json', manifest('simulation', '@cresset/engine', 'lmdb'))
    write('simulation/src/main.ts', 'run()')
    write('engine/package.json', manifest('engine', '@cresset/codec'))
    write('engine/src/deep/step.ts', 'step()')
    write('engine/src/step.test.ts', 'test()')
    write('codec/package.json', manifest('codec'))
    write('codec/src/index.ts', 'encode()')
    write('cli/package.json', manifest('cli', '@cresset/engine'))
    write('cli/src/main.ts', 'main()')
    mkdirSync(join(root, 'node_modules/@cresset'), { recursive: true })
    for (const name of ['engine', 'codec', 'cli'])
      symlinkSync(join(root, name), join(root, 'node_modules/@cresset', name))
    const before = sourceDigest(root)
    assert.match(before, /^[0-9a-f]{12}$/)
    for (const path of ['cli/src/main.ts', 'engine/src/step.test.ts', 'docs/page.md']) {
      write(path, 'changed')
      assert.equal(sourceDigest(root), before, path)
    }
    const paths = ['simulation/src/main.ts', 'engine/src/deep/step.ts', 'codec/src/index.ts', 'package-lock.json']
    const digests = paths.map((path) => {
      write(path, 'changed')
      return sourceDigest(root)
    })
    cpSync(join(root, 'codec/src/index.ts'), join(root, 'codec/src/other.ts'))
    assert.equal(new Set([before, ...digests, sourceDigest(root)]).size, paths.length + 2)
  })
})

test('progress says how far, how fast and how long still', () => {
  const part = new Tally()
  for (let count = 0; count < 50; count++) part.add(result)
  const told = { done: 2_050, of: 10_000, part, seconds: 100, budgetMs: 3_600_000 }
  assert.equal(progressLine(told), '  … 2050 of 10000 seeds, 110 rounds a second, 4.4 h left, 59 min of this part')
  part.add({ ...result, broken: { invariant: 'equal-roots', detail: '' } })
  assert.match(progressLine({ ...told, done: 9_999 }), /1 min left, 1 BROKEN$/)
})
