import { addIncome, type BlockContext } from '../block-context.ts'
import { type FeeFund, feeFundEntry, type Lease, leaseEntry } from '../entries/lease.ts'
import type { OwnedName } from '../names/status.ts'
import { isByTerm, type LedgerParameters, paceOf, worthOf } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'
import { insertLease, removeLease } from './lease-index.ts'
import { appendRenewal, type Payment } from './renewals.ts'

/** X and F stay below this, so that their sums are exact. */
export const maxQuanta = 2 ** 52

export function fundOf(state: StateOverlay): FeeFund {
  return state.require(feeFundEntry, stateKeys.feeFund)
}

export function putFund(state: StateOverlay, fund: FeeFund): void {
  state.put(feeFundEntry, stateKeys.feeFund, fund)
}

/** Whole quanta in an amount; the rest stays with the payer. By term money buys none. */
export function quantaIn(amount: bigint, parameters: Pick<LedgerParameters, 'quantum' | 'nameTermMs'>): bigint {
  return isByTerm(parameters) ? 0n : amount / parameters.quantum
}

type Rate = Parameters<typeof paceOf>[0]

/** Quanta for a span of ledger time, rounded up. */
export function quantaFor(spanMs: number, parameters: Rate): number {
  const { quanta, periodMs } = paceOf(parameters)
  const period = BigInt(periodMs)
  return Number((BigInt(spanMs) * BigInt(quanta) + period - 1n) / period)
}

/** Of a whole term, where names run by term. */
export function termQuanta(parameters: Rate): number {
  return quantaFor(parameters.nameTermMs, parameters)
}

/** Paid at registration for the first interval, as long as an idle network makes it; so nobody registers between two fee blocks for nothing. */
export function firstChargeQuanta(
  parameters: Rate & Pick<LedgerParameters, 'feeEveryBlocks' | 'maxBlockIntervalMs'>,
): number {
  if (isByTerm(parameters)) return 0
  return quantaFor(parameters.feeEveryBlocks * parameters.maxBlockIntervalMs, parameters)
}

/** Registers what is paid for a new name: `quanta` from now on. */
export function openLease(context: BlockContext, name: string, quanta: number): Lease {
  const { state } = context
  const fund = fundOf(state)
  const lease = { name, paidQuanta: fund.paidQuanta + quanta, startQuanta: fund.paidQuanta, renewals: 0 }
  insertLease(state, lease)
  putFund(state, {
    ...fund,
    activeNames: fund.activeNames + 1,
    heldQuanta: fund.heldQuanta + BigInt(quanta),
  })
  warnAtOnce(context, name, lease.paidQuanta)
  return state.require(leaseEntry, stateKeys.lease(name))
}

/**
 * Moves X up by `quanta`, for which `payment` was taken, and writes the renewal down. From below F the arrears are income and the name
 * is active again. Returns the new X.
 */
export function extendLease(context: BlockContext, owned: OwnedName, quanta: number, payment: Payment): number {
  const { lease } = owned
  const { state } = context
  const fund = fundOf(state)
  const arrears = Math.max(0, fund.paidQuanta - lease.paidQuanta)
  const paidQuanta = lease.paidQuanta + quanta
  removeLease(state, lease.name)
  insertLease(state, { name: lease.name, paidQuanta, startQuanta: lease.startQuanta, renewals: lease.renewals + 1 })
  appendRenewal(context, owned, { ...payment, paidQuanta })
  putFund(state, {
    ...fund,
    activeNames: fund.activeNames + (lease.paidQuanta < fund.paidQuanta ? 1 : 0),
    heldQuanta: fund.heldQuanta + BigInt(quanta - arrears),
  })
  addIncome(context, worthOf(arrears, context.parameters))
  warnAtOnce(context, lease.name, paidQuanta)
  return paidQuanta
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
  if (isWarned(fundOf(context.state), paidQuanta)) {
    context.events.push({ kind: 'renewalDue', body: { name, paidQuanta } })
  }
}

/** Whether the warning walk has come by a name with this X. */
export function isWarned({ warningCursor: { quanta, left } }: FeeFund, paidQuanta: number): boolean {
  return paidQuanta < quanta || (paidQuanta === quanta && left > 0)
}
