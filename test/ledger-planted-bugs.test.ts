import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Disagreement } from './ledger-histories/compare.ts'
import { withPlanted } from './ledger-histories/plant.ts'
import { plantedBugs } from './ledger-histories/planted-bugs.ts'
import { runSeed } from './ledger-histories/random-history.ts'

/** More than the test of the sound ledger runs, so that a weak generator shows here. */
const seedsAtMost = 60

for (const bug of plantedBugs) {
  test(`planted: ${bug.name}`, async (context) => {
    await withPlanted(bug, async (product) => {
      for (let seed = 1; seed <= seedsAtMost; seed++) {
        const { failure, figures } = await runSeed(seed, { product })
        if (failure === undefined) continue
        assert.ok(failure instanceof Disagreement, String(failure))
        const [first] = failure.message.split('\n')
        context.diagnostic(`found by seed ${seed} after ${figures.blocks} of its blocks: ${first}`)
        return
      }
      assert.fail(`not found by ${seedsAtMost} histories`)
    })
  })
}
