import assert from 'node:assert/strict'
import { addNames, checkInvariants, Scenario } from '../testing/index.ts'
import { test } from '../testing/ledger-test.ts'

/** Reads and writes of the fee block at height 60 of an idle ledger with so many names. */
function feeBlockWork(names: number, paidQuanta: (index: number) => number): { reads: number; writes: number } {
  const ledger = new Scenario({ funds: 10_000_000_000_000n })
  addNames(ledger, 'alice', names, paidQuanta)
  for (let blocks = 0; blocks < 59; blocks++) ledger.block([], 10_000)
  ledger.state.reads = 0
  const result = ledger.block([], 10_000)
  assert.equal(ledger.height, 60)
  const reads = ledger.state.reads
  if (names <= 1_000) checkInvariants(ledger.state, ledger.supply)
  return { reads, writes: result.changes.length }
}

test('a fee block reads and writes the same number of keys at 10 and at 5,000 names', () => {
  const far = (index: number) => 100_000 + (index % 5_000)
  const few = feeBlockWork(10, far)
  assert.deepEqual(feeBlockWork(5_000, far), few)
  // Parameters, time, zones, queue, income, fund, name nodes, the table of fee blocks and the pages of counts, and no name.
  assert(few.reads <= 16, `${few.reads} reads`)
  // Time, income, fund and a row of the table.
  assert(few.writes <= 4, `${few.writes} writes`)
})

test('an idle block reads a fixed handful of entries and writes none', () => {
  const ledger = new Scenario()
  addNames(ledger, 'alice', 1_000, () => 50_000)
  ledger.block()
  ledger.state.reads = 0
  assert.deepEqual(ledger.block([], 10_000).changes, [])
  assert(ledger.state.reads <= 10, `${ledger.state.reads} reads`)
})
