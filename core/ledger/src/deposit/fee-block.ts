import { credit } from '../accounts.ts'
import type { BlockContext } from '../block-context.ts'
import { type FeeFund, type FeeRow, quantaPerPage, rowsPerPage } from '../entries/lease.ts'
import { incomeEntry, nameNodesEntry } from '../entries/ledger.ts'
import { paceOf, worthOf } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import { appendFeeRow, feeRowsOfPage, foldOldRows } from './fee-table.ts'
import { fundOf, putFund } from './fund.ts'
import { countsOfPage } from './lease-index.ts'

/** Rows of the fee table whose names one fee block lets expire: more than one only after a backlog. */
const maxRowsExpired = 64

/**
 * Every nth block: charges all active names at once by moving F, then pays out the income. Its work grows with the quanta that F
 * moves and with the nodes that are paid, never with the number of names.
 */
export function runFeeBlock(context: BlockContext): void {
  const { state, parameters, ledgerTimeMs, height } = context
  const before = fundOf(state)
  const pace = paceOf(parameters)
  const accrued = BigInt(before.carry) + BigInt(ledgerTimeMs - before.chargedLedgerMs) * BigInt(pace.quanta)
  const period = BigInt(pace.periodMs)
  const moved = Number(accrued / period)
  const { income, fallen } = chargeAll(context, before, moved)
  let fund: FeeFund = {
    ...before,
    paidQuanta: before.paidQuanta + moved,
    carry: Number(accrued % period),
    chargedLedgerMs: ledgerTimeMs,
    activeNames: before.activeNames - fallen,
    heldQuanta: before.heldQuanta - income,
  }
  if (moved > 0) fund = appendFeeRow(state, fund, { height, ledgerTimeMs, paidQuanta: fund.paidQuanta })
  fund = letRowsExpire(context, fund)
  fund = foldOldRows(state, fund, ledgerTimeMs)
  putFund(state, fund)

  const charged = worthOf(income, parameters)
  const paid = payOut(context, charged)
  const carried = state.require(incomeEntry, stateKeys.income).pot
  context.events.push({ kind: 'feesSettled', body: { paidQuanta: fund.paidQuanta, charged, paid, carried } })
}

/** What all active names pay when F moves: `moved` each, or what is left to those that run out. */
function chargeAll({ state }: BlockContext, fund: FeeFund, moved: number): { income: bigint; fallen: number } {
  let income = BigInt(moved) * BigInt(fund.activeNames)
  let fallen = 0
  const end = fund.paidQuanta + moved
  for (let quanta = fund.paidQuanta; quanta < end; ) {
    const page = Math.floor(quanta / quantaPerPage)
    const counts = countsOfPage(state, page)
    const pageEnd = Math.min(end, (page + 1) * quantaPerPage)
    for (; quanta < pageEnd; quanta++) {
      const names = counts[quanta % quantaPerPage] as number
      income -= BigInt(names) * BigInt(end - quanta)
      fallen += names
    }
  }
  return { income, fallen }
}

/** Moves the line of expiry over the rows whose grace has ended. */
function letRowsExpire({ state, parameters, ledgerTimeMs }: BlockContext, fund: FeeFund): FeeFund {
  let { expiryRowPage, expiryRowIndex, expiredBelow } = fund
  for (let step = 0; step < maxRowsExpired; step++) {
    const rows = feeRowsOfPage(state, expiryRowPage)
    const row: FeeRow | undefined = rows[expiryRowIndex]
    if (row === undefined || row.ledgerTimeMs + parameters.graceMs > ledgerTimeMs) break
    expiredBelow = row.paidQuanta
    expiryRowIndex += 1
    if (expiryRowIndex === rowsPerPage) {
      expiryRowPage += 1
      expiryRowIndex = 0
    }
  }
  return { ...fund, expiryRowPage, expiryRowIndex, expiredBelow }
}

/** Adds what names were charged to the income and pays it to name nodes and to the interval's producers; returns what was paid. */
function payOut({ state, parameters }: BlockContext, charged: bigint): bigint {
  const { pot, producers } = state.require(incomeEntry, stateKeys.income)
  const income = pot + charged
  const blocks = producers.reduce((sum, producer) => sum + producer.blocks, 0)
  if (blocks === 0) {
    state.put(incomeEntry, stateKeys.income, { pot: income, producers })
    return 0n
  }
  const { accounts } = state.require(nameNodesEntry, stateKeys.nameNodes)
  const forNameNodes = accounts.length === 0 ? 0n : (income * BigInt(parameters.nameNodesSharePercent)) / 100n
  const forProducers = income - forNameNodes
  let paid = 0n
  const pay = (account: Uint8Array, amount: bigint): void => {
    credit(state, account, amount)
    paid += amount
  }
  for (const account of accounts) pay(account, forNameNodes / BigInt(accounts.length))
  for (const producer of producers) pay(producer.account, (forProducers * BigInt(producer.blocks)) / BigInt(blocks))
  state.put(incomeEntry, stateKeys.income, { pot: income - paid, producers: [] })
  return paid
}
