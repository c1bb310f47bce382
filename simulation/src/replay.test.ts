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

test('what a run for liveness goes through first is the run for safety, to the bit', async () => {
  for (const seed of [2, 3, 7, 9, 12, 21]) {
    const safety = await runSeed({ seed, heights: 20, mode: 'safety' })
    const liveness = await runSeed({ seed, heights: 20, mode: 'liveness' })
    assert.equal(safety.broken, undefined)
    assert.equal(liveness.faultsHash, safety.faultsHash, `seed ${seed}`)
    assert.notEqual(liveness.traceHash, safety.traceHash)
    assert.ok(liveness.heights > safety.heights)
  }
})
