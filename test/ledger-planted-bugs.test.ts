import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Disagreement } from './ledger-histories/compare.ts'
import { withPlanted } from './ledger-histories/plant.ts'
import { plantedBugs } from './ledger-histories/planted-bugs.ts'
import type { Product } from './ledger-histories/product.ts'
import { type HistoryOutcome, runHistory, runSeed } from './ledger-histories/random-history.ts'
import { explainFailure } from './ledger-histories/report.ts'
import { writtenHistories } from './ledger-histories/written-histories.ts'

/** More than the test of the sound ledger runs, so that a weak generator shows here. */
const seedsAtMost = 100

async function findBug(product: Product, foundBy?: string): Promise<HistoryOutcome> {
  const written = writtenHistories.find(({ name }) => name === foundBy)
  if (written !== undefined) return runHistory(written.history, { product })
  for (let seed = 1; seed <= seedsAtMost; seed++) {
    const outcome = await runSeed(seed, { product })
    if (outcome.failure !== undefined) return outcome
  }
  assert.fail(`not found by ${seedsAtMost} histories`)
}

for (const bug of plantedBugs) {
  test(`planted: ${bug.name}`, async (context) => {
    await withPlanted(bug, async (product) => {
      const { failure, figures, history } = await findBug(product, bug.foundBy)
      assert.ok(failure instanceof Disagreement, String(failure))
      const [first] = failure.message.split('\n')
      context.diagnostic(`found by seed ${history.seed} after ${figures.blocks} of its blocks: ${first}`)
    })
  })
}

test('a failing history is made short, told in words, and fails again as data', async (context) => {
  const bug = plantedBugs.find(({ name }) => name === 'the younger seal gets the claim')
  assert.ok(bug !== undefined)
  await withPlanted(bug, async (product) => {
    const told = await explainFailure(await findBug(product), { product })
    context.diagnostic(told)
    // Two seals of one name, both revealed: the smallest history in which this can go wrong has three blocks or so.
    const [, from, to] = /shortened from (\d+) steps to (\d+)/.exec(told) ?? []
    assert.ok(Number(to) <= 6 && Number(to) < Number(from), `${from} steps became ${to}`)
    assert.match(told, /makes seal s\d+ of .* for .*, deposit \d+/)
    const data = /as data, [^:]*: (\{.*\})/.exec(told)?.[1] ?? ''
    assert.ok((await runHistory(JSON.parse(data), { product })).failure instanceof Disagreement)
  })
})
