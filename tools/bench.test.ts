import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { capture, repositoryRoot } from './process/capture.ts'

const bench = (...args: string[]) =>
  capture(process.execPath, ['--conditions=cresset-source', '--expose-gc', 'tools/bench.ts', ...args])

test('a benchmark prints machine, versions, settings and tables, and with --json one object on its last line', async () => {
  const kept = join(repositoryRoot, 'docs/benchmarks/sha256.json')
  const before = readFileSync(kept, 'utf8')
  const { status, stdout } = await bench('sha256', '--json', '--no-record', '--hashes', '500', '--rounds', '3')
  assert.equal(status, 0)
  for (const part of ['machine ', 'versions  Node 24', 'hashes = 500', 'sodium']) assert.ok(stdout.includes(part), part)
  const last = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as Record<string, unknown>
  assert.deepEqual(Object.keys(last), ['benchmark', 'figures', 'aims'])
  assert.equal(last['benchmark'], 'sha256')
  const figures = last['figures'] as Record<string, number>
  assert.ok(Object.values(figures).every((value) => value > 0 && value < 1_000))
  assert.equal(readFileSync(kept, 'utf8'), before)
})

test('--list names every benchmark with its options', async () => {
  const { status, stdout, stderr } = await bench('--list')
  assert.equal(status, 0, stderr)
  assert.match(stdout, /^sha256 .*\n {2}--bytes/m)
})

test('a wrong name, a wrong option and no name end with status 2 and say what there is', async () => {
  for (const args of [['no-such'], ['sha256', '--rounds', 'x'], ['sha256', '--no-such', '1'], [], ['../tools/check']]) {
    const { status, stdout, stderr } = await bench(...args)
    assert.equal(status, 2, args.join(' '))
    assert.equal(stdout, '')
    assert.match(stderr, /sha256|rounds/)
  }
})
