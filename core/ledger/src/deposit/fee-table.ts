import type { EntryType } from '../entries/entry-type.ts'
import {
  dailyFeeRowsEntry,
  type FeeFund,
  type FeeRow,
  type FeeRows,
  feeFundEntry,
  feeRowsEntry,
  rowsPerPage,
} from '../entries/lease.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'

const dayMs = 86_400_000

/** Rows of the table of fee blocks are kept one by one for this long, then one a day. */
export const rowsKeptMs = 400 * dayMs

type Pages = Pick<StateOverlay, 'get'>

interface RowTable {
  readonly type: EntryType<FeeRows>
  readonly key: (page: number) => Uint8Array
}

const recentTable: RowTable = { type: feeRowsEntry, key: stateKeys.feeRows }
const dailyTable: RowTable = { type: dailyFeeRowsEntry, key: stateKeys.dailyFeeRows }

/** Rows of a page, oldest first. */
export function feeRowsOfPage(state: Pages, page: number): readonly FeeRow[] {
  return state.get(recentTable.type, recentTable.key(page))?.rows ?? []
}

export function dailyFeeRowsOfPage(state: Pages, page: number): readonly FeeRow[] {
  return state.get(dailyTable.type, dailyTable.key(page))?.rows ?? []
}

/** Appends a row and returns the number of the last page. */
function append(state: StateOverlay, table: RowTable, lastPage: number, row: FeeRow): number {
  const rows = state.get(table.type, table.key(lastPage))?.rows ?? []
  const page = rows.length < rowsPerPage ? lastPage : lastPage + 1
  state.put(table.type, table.key(page), { rows: page === lastPage ? [...rows, row] : [row] })
  return page
}

/** Writes down a fee block that moved F. */
export function appendFeeRow(state: StateOverlay, fund: FeeFund, row: FeeRow): FeeFund {
  return { ...fund, lastRowPage: append(state, recentTable, fund.lastRowPage, row) }
}

/** Folds at most one page: a fee block adds at most one row, so that the table cannot outgrow this. */
export function foldOldRows(state: StateOverlay, fund: FeeFund, ledgerTimeMs: number): FeeFund {
  const { firstRowPage, lastRowPage } = fund
  if (firstRowPage >= lastRowPage) return fund
  const rows = feeRowsOfPage(state, firstRowPage)
  const newest = rows[rows.length - 1] as FeeRow
  // Names that are not swept yet still tell by these rows when they ran out.
  if (fund.sweptBelow < newest.paidQuanta) return fund
  if (newest.ledgerTimeMs + rowsKeptMs >= ledgerTimeMs) return fund
  let lastDailyPage = fund.lastDailyPage
  for (const row of rows) lastDailyPage = appendDaily(state, lastDailyPage, row)
  state.remove(feeRowsEntry, stateKeys.feeRows(firstRowPage))
  return { ...fund, firstRowPage: firstRowPage + 1, lastDailyPage }
}

/** A later row of the same day takes the place of the earlier one. */
function appendDaily(state: StateOverlay, lastPage: number, row: FeeRow): number {
  const rows = dailyFeeRowsOfPage(state, lastPage)
  const newest = rows[rows.length - 1]
  if (newest === undefined || dayOf(newest) !== dayOf(row)) return append(state, dailyTable, lastPage, row)
  state.put(dailyTable.type, dailyTable.key(lastPage), { rows: [...rows.slice(0, -1), row] })
  return lastPage
}

function dayOf({ ledgerTimeMs }: FeeRow): number {
  return Math.floor(ledgerTimeMs / dayMs)
}

/** Fee blocks below a height, the newest first; old ones are one a day. Reads few pages before the first. */
export function* feeRowsNewestFirst(state: Pages & Pick<StateOverlay, 'require'>, below: number): Iterable<FeeRow> {
  const { firstRowPage, lastRowPage, lastDailyPage } = state.require(feeFundEntry, stateKeys.feeFund)
  yield* pagesDown((page) => feeRowsOfPage(state, page), firstRowPage, lastRowPage, below)
  yield* pagesDown((page) => dailyFeeRowsOfPage(state, page), 0, lastDailyPage, below)
}

function* pagesDown(
  rowsOf: (page: number) => readonly FeeRow[],
  first: number,
  last: number,
  below: number,
): Iterable<FeeRow> {
  // The last page that begins below the height.
  let [low, high] = [first, last]
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if ((rowsOf(middle)[0]?.height ?? below) < below) low = middle
    else high = middle - 1
  }
  for (let page = low; page >= first; page--)
    yield* rowsOf(page)
      .filter(({ height }) => height < below)
      .reverse()
}

/** The ledger time at which a deposit paid up to `quanta` ran out: of the first fee block after which F is above it. */
export function ranOutAt(state: Pages, fund: FeeFund, quanta: number): number | undefined {
  if (quanta >= fund.paidQuanta) return undefined
  const isPast = (row: FeeRow | undefined): boolean => row !== undefined && row.paidQuanta > quanta
  const oldDays = dailyFeeRowsOfPage(state, fund.lastDailyPage)
  const isOld = isPast(oldDays[oldDays.length - 1])
  const rowsOf = isOld ? dailyFeeRowsOfPage : feeRowsOfPage
  let low = isOld ? 0 : fund.firstRowPage
  let high = isOld ? fund.lastDailyPage : fund.lastRowPage
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const rows = rowsOf(state, middle)
    if (isPast(rows[rows.length - 1])) high = middle
    else low = middle + 1
  }
  const row = rowsOf(state, low).find(isPast)
  if (row === undefined) throw new Error('invariant: the table of fee blocks does not reach F')
  return row.ledgerTimeMs
}
