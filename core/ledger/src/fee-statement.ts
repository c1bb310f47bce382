import { feeRowsNewestFirst } from './deposit/fee-table.ts'
import { type FeeRow, leaseEntry } from './entries/lease.ts'
import { parametersEntry, worthOf } from './parameters.ts'
import { stateKeys } from './state-keys.ts'
import { StateOverlay } from './state-overlay.ts'
import type { StateView } from './state-view.ts'

/** One fee block, or the last one of a day when it is over 400 days old, as a name felt it. */
export interface FeeStatementLine {
  readonly height: number
  readonly ledgerTimeMs: number
  /** In smallest units, since the line before. */
  readonly charged: bigint
  /** After it. */
  readonly balance: bigint
}

/**
 * What fee blocks took from a name, newest first, from below the height `before` down to its registration or to `limit` lines. Derived from X and the table of
 * fee blocks alone. Undefined when nobody owns the name. Balances of before the last top-up are told as if it had been there
 * from the start: the lease keeps one figure.
 */
export function readFeeStatement(
  view: StateView,
  name: string,
  limit: number,
  before = Number.MAX_SAFE_INTEGER,
): FeeStatementLine[] | undefined {
  const state = new StateOverlay(view)
  const lease = state.get(leaseEntry, stateKeys.lease(name))
  if (lease === undefined) return undefined
  const parameters = state.require(parametersEntry, stateKeys.parameters)
  const lines: FeeStatementLine[] = []
  const paidAt = (row: FeeRow): number => Math.min(row.paidQuanta, lease.paidQuanta)
  const addLine = (row: FeeRow, earlierQuanta: number): void => {
    const from = Math.max(Math.min(earlierQuanta, lease.paidQuanta), lease.startQuanta)
    const { height, ledgerTimeMs } = row
    const charged = worthOf(paidAt(row) - from, parameters)
    lines.push({ height, ledgerTimeMs, charged, balance: worthOf(lease.paidQuanta - paidAt(row), parameters) })
  }
  let newer: FeeRow | undefined
  for (const row of feeRowsNewestFirst(state, before)) {
    if (newer !== undefined) addLine(newer, row.paidQuanta)
    newer = row.paidQuanta > lease.startQuanta ? row : undefined
    if (newer === undefined || lines.length === limit) return lines
  }
  if (newer !== undefined) addLine(newer, 0)
  return lines
}
