import { accountAt, debitAt } from '../accounts.ts'
import type { BlockContext } from '../block-context.ts'
import { type StandingOrder, standingOrderEntry } from '../entries/lease.ts'
import { standingOf } from '../names/status.ts'
import { worthOf } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'
import { extendLease, fundOf, maxQuanta } from './fund.ts'
import type { OrderEnd, RefillProblem } from './order-ends.ts'

export function standingOrderOf(state: StateOverlay, name: string): StandingOrder | undefined {
  return state.get(standingOrderEntry, stateKeys.standingOrder(name))
}

/** Takes the order out, if there is one, and tells why. */
export function endStandingOrder({ state, events }: BlockContext, name: string, reason: OrderEnd): void {
  const order = standingOrderOf(state, name)
  if (order === undefined) return
  state.remove(standingOrderEntry, stateKeys.standingOrder(name))
  events.push({ kind: 'standingOrderEnded', body: { name, payer: order.payer, reason } })
}

/**
 * Refills the deposit of a name that is about to run out, or has just done so, if somebody ordered it. Returns whether the deposit
 * grew. One that the payer cannot pay is tried again when the walk comes by next: the order stays.
 */
export function runStandingOrder(context: BlockContext, name: string): boolean {
  const { state, parameters, events } = context
  const order = standingOrderOf(state, name)
  if (order === undefined) return false
  const standing = standingOf(state, name, context.ledgerTimeMs, parameters)
  // The sweep is late for a name whose grace is over: nothing brings that one back.
  if (standing.status !== 'active' && standing.status !== 'grace') return false
  const { owned } = standing
  const { payer } = order
  const quanta = Math.min(order.refillQuanta, order.leftQuanta)
  const amount = worthOf(quanta, parameters)
  const payerKey = stateKeys.account(payer)
  const fail = (problem: RefillProblem): false => {
    events.push({ kind: 'refillFailed', body: { name, payer, amount, problem } })
    return false
  }
  const paidThen = owned.lease.paidQuanta + quanta
  if (paidThen < fundOf(state).paidQuanta) return fail('below-arrears')
  if (paidThen > maxQuanta) return fail('deposit-too-large')
  if (accountAt(state, payerKey).balance < amount) return fail('payer-cannot-pay')

  debitAt(state, payerKey, amount)
  const paidQuanta = extendLease(context, owned, quanta, { payer, amount })
  const leftQuanta = order.leftQuanta - quanta
  state.put(standingOrderEntry, stateKeys.standingOrder(name), { ...order, leftQuanta })
  events.push({
    kind: 'depositRefilled',
    body: { name, payer, amount, paidQuanta, left: worthOf(leftQuanta, parameters) },
  })
  if (leftQuanta === 0) endStandingOrder(context, name, 'spent')
  return true
}
