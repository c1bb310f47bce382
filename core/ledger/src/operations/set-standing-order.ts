import { equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { ActionBody } from '../actions.ts'
import type { BlockContext } from '../block-context.ts'
import type { Code, Refusal } from '../codes.ts'
import { fundOf, isWarned, maxQuanta, quantaFor, quantaIn } from '../deposit/fund.ts'
import { endStandingOrder, runStandingOrder, standingOrderOf } from '../deposit/standing-order.ts'
import { renewalWarningMs } from '../deposit/sweep.ts'
import { type Lease, standingOrderEntry } from '../entries/lease.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import { isByTerm, worthOf } from '../parameters.ts'
import type { PreparedTransaction } from '../prepare.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/**
 * Lets the payer's account refill a name's deposit, within a cap, until either of them revokes it. The name's owner agrees, so that
 * nobody else takes the one place that a name has for an order.
 */
export const setStandingOrder: Operation<'setStandingOrder'> = (context, prepared, { name, order }) => {
  if (order === undefined) return revoke(context, prepared, name)
  const { state, parameters } = context
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  if (isByTerm(parameters)) return 'names-run-by-term'
  const refill = quantaIn(order.refill, parameters)
  const cap = quantaIn(order.cap, parameters)
  const problem = orderProblem(context, owned.lease, refill, cap)
  if (problem !== undefined) return problem

  const payer = prepared.sender
  const refillQuanta = Number(refill)
  const leftQuanta = Number(cap)
  state.put(standingOrderEntry, stateKeys.standingOrder(name), { name, payer, refillQuanta, leftQuanta })
  const amounts = { refill: worthOf(refillQuanta, parameters), cap: worthOf(leftQuanta, parameters) }
  context.events.push({ kind: 'standingOrderSet', body: { name, payer, ...amounts } })
  // The walk does not come by a second time.
  if (isWarned(fundOf(state), owned.lease.paidQuanta)) runStandingOrder(context, name)
  return 'ok'
}

function orderProblem({ parameters }: BlockContext, lease: Lease, refill: bigint, cap: bigint): Refusal | undefined {
  // A refill that does not lead out of the walk's reach would be run again and again in one block.
  const least = Math.max(1, quantaFor(renewalWarningMs, parameters))
  if (refill < BigInt(least)) return 'refill-too-small'
  if (cap < refill) return 'cap-below-refill'
  return BigInt(lease.paidQuanta) + cap > BigInt(maxQuanta) ? 'deposit-too-large' : undefined
}

function revoke(
  context: BlockContext,
  prepared: PreparedTransaction,
  name: ActionBody<'setStandingOrder'>['name'],
): Code {
  const order = standingOrderOf(context.state, name)
  if (order === undefined) return 'standing-order-unknown'
  const isPayer = prepared.transaction.signers.some((key) => equalBytes(accountOf(key), order.payer))
  if (!isPayer) {
    const owned = findNameOfSigner(context, prepared, name)
    if (typeof owned === 'string') return owned
  }
  endStandingOrder(context, name, 'revoked')
  return 'ok'
}
