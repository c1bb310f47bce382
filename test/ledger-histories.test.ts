import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as product from '@cresset/core-ledger'
import { checkState } from './ledger-histories/check-state.ts'
import type { History } from './ledger-histories/history.ts'
import { runHistory, runSeed } from './ledger-histories/random-history.ts'
import { explainFailure } from './ledger-histories/report.ts'
import { addFigures, noFigures } from './ledger-histories/run.ts'
import { writtenHistories } from './ledger-histories/written-histories.ts'

const options = { product, checkState }
const firstSeed = Number(process.env['CRESSET_TEST_SEED'] ?? 1)
const seeds = 60

test(`${seeds} random histories: core/ledger and the naive ledger agree after every block`, async (context) => {
  const total = noFigures()
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const outcome = await runSeed(seed, options)
    addFigures(total, outcome.figures)
    if (outcome.failure !== undefined) assert.fail(await explainFailure(outcome, options))
  }
  const { blocks, transactions, codes, events } = total
  context.diagnostic(`${blocks} blocks, ${transactions} transactions, ${codes.size} answers, ${events.size} events`)
  // A generator that stopped meeting anything would agree with everybody.
  assert.ok(codes.size > 80, `only ${codes.size} different answers`)
  assert.equal(events.size, 14, 'every kind of event happened')
})

for (const { name, history } of writtenHistories) {
  test(`${name}: both ledgers agree`, async () => {
    const outcome = await runHistory(history, options)
    if (outcome.failure !== undefined) assert.fail(await explainFailure(outcome, options))
  })
}

const corpus = join(import.meta.dirname, 'ledger-histories/corpus')
for (const file of readdirSync(corpus).filter((name) => name.endsWith('.json'))) {
  const { note, history } = JSON.parse(readFileSync(join(corpus, file), 'utf8')) as { note: string; history: History }
  test(`${file}: ${note}`, async () => {
    const outcome = await runHistory(history, options)
    if (outcome.failure !== undefined) assert.fail(await explainFailure(outcome, options))
  })
}
