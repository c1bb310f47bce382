import type { BlockContext } from '../block-context.ts'
import { type FeeFund, feeFundEntry, type Lease, leaseEntry } from '../entries/lease.ts'
import type { LedgerParameters } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'
import { insertLease, removeLease } from './lease-index.ts'

/** X and F stay below this, so that their sums are exact. */
export const maxQuanta = 2 ** 52

export function fundOf(state: StateOverlay): FeeFund {
  return state.require(feeFundEntry, stateKeys.feeFund)
}

export function putFund(state: StateOverlay, fund: FeeFund): void {
  state.put(feeFundEntry, stateKeys.feeFund, fund)
}

/** Whole quanta in an amount; the rest stays with the payer. */
export function quantaIn(amount: bigint, { quantum }: Pick<LedgerParameters, 'quantum'>): bigint {
  return amount / quantum
}

type Rate = Pick<LedgerParameters, 'depositRateQuanta' | 'depositRatePeriodMs'>

/** Quanta for a span of ledger time, rounded up. */
export function quantaFor(spanMs: number, { depositRateQuanta, depositRatePeriodMs }: Rate): number {
  const period = BigInt(depositRatePeriodMs)
  return Number((BigInt(spanMs) * BigInt(depositRateQuanta) + period - 1n) / period)
}

/** Paid at registration for the first interval, as long as an idle network makes it; so nobody registers between two fee blocks for nothing. */
export function firstChargeQuanta(
  parameters: Rate & Pick<LedgerParameters, 'feeEveryBlocks' | 'maxBlockIntervalMs'>,
): number {
  return quantaFor(parameters.feeEveryBlocks * parameters.maxBlockIntervalMs, parameters)
}

/** Registers what is paid for a new name: `quanta` from now on. */
export function openLease(context: BlockContext, name: string, quanta: number): Lease {
  const { state } = context
  const fund = fundOf(state)
  const lease = { name, paidQuanta: fund.paidQuanta + quanta, startQuanta: fund.paidQuanta }
  insertLease(state, lease)
  putFund(state, {
    ...fund,
    activeNames: fund.activeNames + 1,
    heldQuanta: fund.heldQuanta + BigInt(quanta),
  })
  warnAtOnce(context, name, lease.paidQuanta)
  return state.require(leaseEntry, stateKeys.lease(name))
}

/** Moves X up by `quanta`; from below F the arrears are income and the name is active again. Returns the arrears. */
export function extendLease(context: BlockContext, lease: Lease, quanta: number): number {
  const { state } = context
  const fund = fundOf(state)
  const arrears = Math.max(0, fund.paidQuanta - lease.paidQuanta)
  const paidQuanta = lease.paidQuanta + quanta
  removeLease(state, lease.name)
  insertLease(state, { name: lease.name, paidQuanta, startQuanta: lease.startQuanta })
  putFund(state, {
    ...fund,
    activeNames: fund.activeNames + (lease.paidQuanta < fund.paidQuanta ? 1 : 0),
    heldQuanta: fund.heldQuanta + BigInt(quanta - arrears),
  })
  warnAtOnce(context, lease.name, paidQuanta)
  return arrears
}

/** Ends a lease; returns the quanta that were left. */
export function closeLease({ state }: BlockContext, lease: Lease): number {
  const fund = fundOf(state)
  const left = Math.max(0, lease.paidQuanta - fund.paidQuanta)
  removeLease(state, lease.name)
  if (lease.paidQuanta >= fund.paidQuanta) {
    putFund(state, { ...fund, activeNames: fund.activeNames - 1, heldQuanta: fund.heldQuanta - BigInt(left) })
  }
  return left
}

/** The warning walk has passed the quantum that this name was put at, or is just there: it would not see the name. */
function warnAtOnce(context: BlockContext, name: string, paidQuanta: number): void {
  const { quanta, left } = fundOf(context.state).warningCursor
  if (paidQuanta < quanta || (paidQuanta === quanta && left > 0)) {
    context.events.push({ kind: 'renewalDue', body: { name, paidQuanta } })
  }
}
