import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Disagreement } from './ledger-histories/compare.ts'
import { findDisagreement, findPlanted, seedsAtMost } from './ledger-histories/find-planted.ts'
import { withPlanted } from './ledger-histories/plant.ts'
import { plantedBugs } from './ledger-histories/planted-bugs.ts'
import { type HistoryOutcome, runHistory } from './ledger-histories/random-history.ts'
import { explainFailure } from './ledger-histories/report.ts'

/** Every so many; the campaign plants all. */
const EVERY = 4

for (const bug of plantedBugs.filter((_, index) => index % EVERY === 0)) {
  test(`planted: ${bug.name}`, async (context) => {
    const found = await findPlanted(bug)
    assert.ok(found !== undefined, `not found by ${seedsAtMost} histories`)
    const { failure, figures, history } = found
    assert.ok(failure instanceof Disagreement, String(failure))
    const [first] = failure.message.split('\n')
    context.diagnostic(`found by seed ${history.seed} after ${figures.blocks} of its blocks: ${first}`)
  })
}

test('a failing history is made short, told in words, and fails again as data', async (context) => {
  const bug = plantedBugs.find(({ name }) => name === 'the younger seal gets the claim')
  assert.ok(bug !== undefined)
  await withPlanted(bug, async (product) => {
    const told = await explainFailure((await findDisagreement(product)) as HistoryOutcome, { product })
    context.diagnostic(told)
    // Two seals of one name, both revealed: the smallest history in which this can go wrong has three blocks or so.
    const [, from, to] = /shortened from (\d+) steps to (\d+)/.exec(told) ?? []
    assert.ok(Number(to) <= 6 && Number(to) < Number(from), `${from} steps became ${to}`)
    assert.match(told, /makes seal s\d+ of .* for .*, deposit \d+/)
    const data = /as data, [^:]*: (\{.*\})/.exec(told)?.[1] ?? ''
    assert.ok((await runHistory(JSON.parse(data), { product })).failure instanceof Disagreement)
  })
})
