import type { BlockContext } from '../block-context.ts'
import { type FeeFund, type LeaseCursor, leaseEntry, quantaPerPage } from '../entries/lease.ts'
import { nameEntry } from '../entries/name.ts'
import { endingCost } from '../names/ending-cost.ts'
import { expireName } from '../names/expire-name.ts'
import { stateKeys } from '../state-keys.ts'
import { ranOutAt } from './fee-table.ts'
import { fundOf, putFund, quantaFor } from './fund.ts'
import { countsOfPage, nameAt } from './lease-index.ts'
import { runStandingOrder } from './standing-order.ts'

/** Names that one block takes out or tells of. */
export const maxNamesSwept = 200
/** Pages of counts that one walk looks at in a block: more than a fee block can add. */
const maxPagesWalked = 128
const dayMs = 86_400_000
/** How long before its deposit ends a name's owner is told. */
export const renewalWarningMs = 7 * dayMs

interface Budget {
  names: number
}

/** What deposits make fall due: expired names leave, owners are told. A backlog is worked off over the next blocks. */
export function sweep(context: BlockContext): void {
  const budget: Budget = { names: maxNamesSwept }
  sweepExpired(context, budget)
  const { paidQuanta, graceCursor, warningCursor } = fundOf(context.state)
  const graceMoved = walk(context, graceCursor, paidQuanta, budget, 'graceStarted')
  const horizon = paidQuanta + quantaFor(renewalWarningMs, context.parameters)
  const warningMoved = walk(context, warningCursor, horizon, budget, 'renewalDue')
  if (graceMoved === graceCursor && warningMoved === warningCursor) return
  putFund(context.state, { ...fundOf(context.state), graceCursor: graceMoved, warningCursor: warningMoved })
}

function sweepExpired(context: BlockContext, budget: Budget): void {
  const { state, parameters } = context
  const { expiredBelow, sweptBelow } = fundOf(state)
  let quanta = sweptBelow
  let pages = 0
  walking: while (quanta < expiredBelow && pages < maxPagesWalked) {
    const page = Math.floor(quanta / quantaPerPage)
    const end = Math.min(expiredBelow, (page + 1) * quantaPerPage)
    pages += 1
    const counts = countsOfPage(state, page)
    for (; quanta < end; quanta++) {
      const count = counts[quanta % quantaPerPage] as number
      if (count === 0) continue
      const freeAtLedgerMs = freeAt(context, fundOf(state), quanta, parameters)
      for (let position = count - 1; position >= 0; position--) {
        if (budget.names === 0) break walking
        const name = nameAt(state, quanta, position)
        const { registration } = state.require(nameEntry, stateKeys.name(name))
        budget.names = Math.max(0, budget.names - (registration === undefined ? 1 : endingCost(registration)))
        expireName(context, state.require(leaseEntry, stateKeys.lease(name)), freeAtLedgerMs)
      }
    }
  }
  if (quanta !== sweptBelow) putFund(state, { ...fundOf(state), sweptBelow: quanta })
}

function freeAt(
  { state }: BlockContext,
  fund: FeeFund,
  quanta: number,
  { graceMs, releaseDelayMs }: { graceMs: number; releaseDelayMs: number },
): number {
  return (ranOutAt(state, fund, quanta) as number) + graceMs + releaseDelayMs
}

/** Makes an event for every name between the cursor and `end`; returns the same cursor when there was nothing to do. */
function walk(
  context: BlockContext,
  cursor: LeaseCursor,
  end: number,
  budget: Budget,
  kind: 'graceStarted' | 'renewalDue',
): LeaseCursor {
  const { state, events } = context
  let { quanta, left } = cursor
  for (let pages = 0; quanta < end && pages < maxPagesWalked; pages++) {
    const page = Math.floor(quanta / quantaPerPage)
    const pageEnd = Math.min(end, (page + 1) * quantaPerPage)
    let counts = countsOfPage(state, page)
    for (; quanta < pageEnd; quanta++) {
      const count = counts[quanta % quantaPerPage] as number
      // From the last position down: a name that fills a gap comes from positions already visited.
      let position = left === 0 ? count : Math.min(left, count)
      for (; position > 0; position--) {
        if (budget.names === 0) return { quanta, left: position }
        budget.names -= 1
        const name = nameAt(state, quanta, position - 1)
        // A refilled name is due no longer; the last one of its quantum, visited before, has its place.
        if (runStandingOrder(context, name)) counts = countsOfPage(state, page)
        else events.push({ kind, body: { name, paidQuanta: quanta } })
      }
      left = 0
    }
  }
  return quanta === cursor.quanta ? cursor : { quanta, left: 0 }
}
