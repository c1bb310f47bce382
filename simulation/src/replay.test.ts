import assert from 'node:assert/strict'
import test from 'node:test'
import { runSeed } from './run.ts'

test('a seed gives the same trace every time, and another seed another one', async () => {
  const traces = new Set<string>()
  for (const seed of [1, 5, 17]) {
    const first = await runSeed({ seed, heights: 20 })
    const second = await runSeed({ seed, heights: 20 })
    assert.equal(first.traceHash, second.traceHash, `seed ${seed}`)
    assert.deepEqual(first, second)
    traces.add(first.traceHash)
  }
  assert.equal(traces.size, 3)
})
