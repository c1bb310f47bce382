import assert from 'node:assert/strict'
import test from 'node:test'
import { runSeed } from './run.ts'
import { shrink } from './shrink.ts'
import { runTwinsScenario } from './twins/run-scenario.ts'
import { AllScenarios, sampledScenario } from './twins/scenarios.ts'

const quiet = (): void => {}

test('with f+1 traitors the simulator finds a fork, and with f it does not', async () => {
  const options = { seed: 3, nodes: 4, engine: 'pbft', byzantine: 'forking', heights: 10 } as const
  const forked = await runSeed({ ...options, traitors: 2 })
  assert.equal(forked.broken?.invariant, 'one-block-a-height', forked.broken?.detail)
  const sound = await runSeed({ ...options, traitors: 1 })
  assert.equal(sound.broken, undefined)
})

test('what breaks a run is shrunk to fewer faults, heights and transactions', async () => {
  const options = { seed: 6, nodes: 4, engine: 'pbft', byzantine: 'forking', heights: 10, traitors: 2 } as const
  const failed = await runSeed(options)
  assert.equal(failed.broken?.invariant, 'one-block-a-height')
  const { options: smallest } = await shrink(options, failed, quiet)
  assert.deepEqual(smallest.episodes, [])
  assert.ok((smallest.heights ?? 10) <= failed.heights)
  assert.ok((smallest.maxTransactions ?? 1_000) < Math.max(2, failed.transactions))
  const again = await runSeed(smallest)
  assert.equal(again.broken?.invariant, 'one-block-a-height')
})

test('twins: one validator of four twice, every scenario of one round and a part of those of three', async () => {
  const scenarios = new AllScenarios(1)
  for (let index = 0; index < scenarios.count; index++) {
    const { broken } = await runTwinsScenario(scenarios.at(index))
    assert.equal(broken, undefined, `scenario ${index + 1} of depth 1: ${broken?.detail}`)
  }
  const deeper = new AllScenarios(3)
  const seen = new Set<string>()
  for (let index = 5; index < deeper.count; index += 211) {
    const { broken, marks } = await runTwinsScenario(deeper.at(index))
    assert.equal(broken, undefined, `scenario ${index + 1} of depth 3: ${broken?.detail}`)
    for (const mark of marks) seen.add(mark)
  }
  for (const mark of ['prepared block proposed again', 'contradiction seen', 'evidence in a block']) {
    assert.ok(seen.has(mark), mark)
  }
})

test('twins: two validators of four twice fork the ledger', async () => {
  const found: string[] = []
  for (let seed = 1; seed <= 10; seed++) {
    const { broken } = await runTwinsScenario(sampledScenario(seed, 4, 1, 2))
    if (broken !== undefined) found.push(broken.invariant)
  }
  assert.ok(found.includes('one-block-a-height'), found.join())
})
