import assert from 'node:assert/strict'
import test from 'node:test'
import { playScenario, scenarios } from './scenarios.ts'

for (const { name } of scenarios) {
  test(name, async () => {
    const broken = await playScenario(name)
    assert.equal(broken, undefined, broken?.message)
  })
}
