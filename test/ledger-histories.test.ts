import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as product from '@cresset/core-ledger'
import { checkState } from './ledger-histories/check-state.ts'
import type { History } from './ledger-histories/history.ts'
import { withoutCurrency } from './ledger-histories/random-genesis.ts'
import { runHistory, runSeed } from './ledger-histories/random-history.ts'
import { explainFailure } from './ledger-histories/report.ts'
import { addFigures, noFigures } from './ledger-histories/run.ts'
import { writtenHistories } from './ledger-histories/written-histories.ts'
import { eventKinds } from './naive-ledger/receipt.ts'

const options = { product, checkState }
const firstSeed = Number(process.env['CRESSET_TEST_SEED'] ?? 1)
const seeds = 64
const seedsWithoutCurrency = 14

/** Of all histories but those that once failed. */
const met = noFigures()
for (const { name, history, tells = [] } of writtenHistories) {
  test(`${name}: both ledgers agree`, async () => {
    const outcome = await runHistory(history, options)
    addFigures(met, outcome.figures)
    if (outcome.failure !== undefined) assert.fail(await explainFailure(outcome, options))
    const missed = tells.filter((code) => !outcome.figures.codes.has(`receipt ${code}`))
    assert.deepEqual(missed, [], 'codes that it was written for')
  })
}

test(`${seeds} random histories: core/ledger and the naive ledger agree after every block`, async (context) => {
  const total = noFigures()
  for (let seed = firstSeed; seed < firstSeed + seeds; seed++) {
    const outcome = await runSeed(seed, options)
    addFigures(total, outcome.figures)
    if (outcome.failure !== undefined) assert.fail(await explainFailure(outcome, options))
  }
  addFigures(met, total)
  const { blocks, transactions, codes, events } = total
  context.diagnostic(`${blocks} blocks, ${transactions} transactions, ${codes.size} answers, ${events.size} events`)
})

test('random histories of a ledger without currency: both agree, names are won, renewed and lost', async () => {
  const total = noFigures()
  for (let seed = firstSeed; seed < firstSeed + seedsWithoutCurrency; seed++) {
    const outcome = await runSeed(seed, options, withoutCurrency)
    addFigures(total, outcome.figures)
    if (outcome.failure !== undefined) assert.fail(await explainFailure(outcome, options))
  }
  addFigures(met, total)
  const happened = [
    'nameRegistered',
    'nameRenewed',
    'renewalDue',
    'graceStarted',
    'nameExpired',
    'nameTransferred',
    'agreed',
  ]
  assert.deepEqual(
    happened.filter((kind) => !total.events.has(kind)),
    [],
  )
  assert.deepEqual(
    ['depositAdded', 'depositRefilled'].filter((kind) => total.events.has(kind)),
    [],
  )
})

// A generator that stopped meeting anything would agree with everybody. The rarest codes are met by the campaign.
test('these histories met every kind of event, and nearly every code', (context) => {
  const missed = codesNeverTold(met.codes)
  context.diagnostic(`codes never told: ${missed.join(' ')}`)
  assert.ok(missed.length <= 4, `codes never told: ${missed.join(' ')}`)
  assert.deepEqual([...met.events.keys()].sort(), [...eventKinds].sort())
})

/** Limits that only a large ledger meets, and rules of another engine: core/ledger's own tests bring these about. */
const toldElsewhere = new Set(
  ['too-many-nodes', 'too-many-validators', 'proposals-full', 'stake-too-low', 'too-many-unbondings'].map(
    (code) => `receipt ${code}`,
  ),
)

/** Of the codes that a receipt, a refused block or an admission may hold, each with its place. */
function codesNeverTold(told: ReadonlyMap<string, number>): string[] {
  return Object.entries(product.codes)
    .flatMap(([code, { places }]) => places.map((place) => `${place} ${code}`))
    .filter((words) => !told.has(words) && !leftOutBefore.has(words) && !toldElsewhere.has(words))
}

/** What is dropped before a block is made of it, so that no history can bring it there. */
const leftOutBefore = new Set(
  ['transaction-malformed', 'transaction-too-long', 'signer-twice', 'signature-bad'].map((code) => `block ${code}`),
)

const corpus = join(import.meta.dirname, 'ledger-histories/corpus')
for (const file of readdirSync(corpus).filter((name) => name.endsWith('.json'))) {
  const { note, history } = JSON.parse(readFileSync(join(corpus, file), 'utf8')) as { note: string; history: History }
  test(`${file}: ${note}`, async () => {
    const outcome = await runHistory(history, options)
    if (outcome.failure !== undefined) assert.fail(await explainFailure(outcome, options))
  })
}
