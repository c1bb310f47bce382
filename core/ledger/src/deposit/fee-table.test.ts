import assert from 'node:assert/strict'
import fc from 'fast-check'
import { type FeeFund, type FeeRow, feeFundEntry, rowsPerPage } from '../entries/lease.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import { Scenario } from '../testing/index.ts'
import { test } from '../testing/ledger-test.ts'
import {
  appendFeeRow,
  dailyFeeRowsOfPage,
  feeRowsNewestFirst,
  feeRowsOfPage,
  foldOldRows,
  ranOutAt,
  rowsKeptMs,
} from './fee-table.ts'

const dayMs = 86_400_000

interface Table {
  readonly state: StateOverlay
  fund: FeeFund
  /** Every row there ever was. */
  readonly rows: FeeRow[]
}

function emptyTable(): Table {
  const state = new StateOverlay(new Scenario().state)
  return { state, fund: state.require(feeFundEntry, stateKeys.feeFund), rows: [] }
}

/** A fee block that moves F by `moved` at a ledger time, as `runFeeBlock` writes it down. Names expire and are swept at once. */
function addRow(table: Table, ledgerTimeMs: number, moved: number): void {
  const { state, rows } = table
  const row = { height: rows.length + 1, ledgerTimeMs, paidQuanta: table.fund.paidQuanta + moved }
  rows.push(row)
  const fund = appendFeeRow(state, { ...table.fund, paidQuanta: row.paidQuanta }, row)
  table.fund = foldOldRows(state, { ...fund, sweptBelow: row.paidQuanta }, ledgerTimeMs)
}

function keptRows({ state, fund }: Table): FeeRow[] {
  const kept: FeeRow[] = []
  for (let page = 0; page <= fund.lastDailyPage; page++) kept.push(...dailyFeeRowsOfPage(state, page))
  for (let page = fund.firstRowPage; page <= fund.lastRowPage; page++) kept.push(...feeRowsOfPage(state, page))
  return kept
}

test('the moment a deposit ran out is that of the first row above it, as a scan of all rows finds it', () => {
  const step = fc.record({ afterMs: fc.integer({ min: 1, max: dayMs }), moved: fc.integer({ min: 1, max: 40 }) })
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 300 }), fc.array(fc.nat({ max: 12_000 })), (steps, asked) => {
      const table = emptyTable()
      let nowMs = 0
      for (const { afterMs, moved } of steps) {
        nowMs += afterMs
        addRow(table, nowMs, moved)
      }
      for (const quanta of asked) {
        const expected = table.rows.find(({ paidQuanta }) => paidQuanta > quanta)?.ledgerTimeMs
        assert.equal(ranOutAt(table.state, table.fund, quanta), expected)
      }
    }),
    { numRuns: 50 },
  )
})

test('rows below a height are found newest first, in pages of rows and of days, without reading those above', () => {
  const table = emptyTable()
  // Four a day, so that days and rows both fill several pages.
  for (let index = 0; index < 600 * 4; index++) addRow(table, (index * dayMs) / 4, 1)
  table.state.put(feeFundEntry, stateKeys.feeFund, table.fund)
  const kept = keptRows(table).sort((a, b) => b.height - a.height)
  assert(table.fund.lastDailyPage > 1 && table.fund.lastRowPage - table.fund.firstRowPage > 3)
  for (const below of [0, 1, 4, 5, 63, 64, 65, 257, 799, 800, 801, 1_500, 2_400, 2_401, Number.MAX_SAFE_INTEGER]) {
    const expected = kept.filter(({ height }) => height < below)
    assert.deepEqual([...feeRowsNewestFirst(table.state, below)], expected, `below ${below}`)
  }
})

test('rows older than 400 days are folded to the last one of each day, a page a fee block', () => {
  const table = emptyTable()
  const rowsADay = 24
  for (let index = 0; index < 420 * rowsADay; index++) addRow(table, (index * dayMs) / rowsADay, 1)
  const newest = table.rows[table.rows.length - 1] as FeeRow
  const kept = keptRows(table)
  // 400 days one by one, the page in which they begin, and a row for each of the first 20 days.
  assert(kept.length <= 400 * rowsADay + rowsPerPage + 21, `${kept.length} rows`)
  const days = new Map<number, FeeRow>()
  for (const row of table.rows) days.set(Math.floor(row.ledgerTimeMs / dayMs), row)
  for (const row of dailyFeeRowsOfPage(table.state, 0).slice(0, -1)) {
    assert.deepEqual(row, days.get(Math.floor(row.ledgerTimeMs / dayMs)))
    assert(row.ledgerTimeMs + rowsKeptMs < newest.ledgerTimeMs)
  }
  // Old questions are answered to the day, recent ones exactly.
  const old = ranOutAt(table.state, table.fund, 5 * rowsADay + 3) as number
  assert.equal(Math.floor(old / dayMs), 5)
  const recent = 300 * rowsADay + 3
  assert.equal(
    ranOutAt(table.state, table.fund, recent),
    table.rows.find(({ paidQuanta }) => paidQuanta > recent)?.ledgerTimeMs,
  )
  assert.equal(ranOutAt(table.state, table.fund, newest.paidQuanta), undefined)
})
