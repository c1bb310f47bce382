import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { withGenesis } from './genesis-kind.ts'
import { defaultParameters, Scenario } from './scenario.ts'

const sources = join(import.meta.dirname, '..')

/** Suites that play with currency alone, and why. */
const playedOnce = new Map([
  ['stake/random-stake.test.ts', 'stakes are money'],
  ['stake/stake.test.ts', 'stakes are money'],
])

test('every suite that plays scenarios does so with and without currency', () => {
  const suites = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.test.ts'))
  const playing = suites.filter((path) =>
    /\bnew Scenario\(|\bplayHistory\(/.test(readFileSync(join(sources, path), 'utf8')),
  )
  const once = playing.filter((path) => !readFileSync(join(sources, path), 'utf8').includes('/testing/ledger-test.ts'))
  assert(playing.length > 15)
  assert.deepEqual(once.sort(), [...playedOnce.keys()].sort())
})

test('without currency nobody owns anything, nothing costs anything, and names run by term', async () => {
  let made: Scenario | undefined
  await withGenesis('without currency', () => {
    made = new Scenario({ funds: 5n })
  })
  assert(made !== undefined)
  assert.equal(made.supply, 0n)
  const { transactionFeeBase, transactionFeePerByte, depositRateQuanta, nameTermMs } = made.parameters
  assert.deepEqual([transactionFeeBase, transactionFeePerByte, depositRateQuanta], [0n, 0n, 0])
  assert(nameTermMs > 0)
  assert.deepEqual(new Scenario().parameters, defaultParameters)
})
