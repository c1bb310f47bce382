import { accountAt, debitAt } from '../accounts.ts'
import { extendLease, fundOf, maxQuanta, quantaIn } from '../deposit/fund.ts'
import { findOwnedName } from '../names/owned-name.ts'
import { isByTerm } from '../parameters.ts'
import type { Operation } from './operation.ts'

/** Adds to a name's deposit, whoever pays. In grace it pays first what the name has owed since its deposit ran out. */
export const topUp: Operation<'topUp'> = (context, { sender, senderKey }, { name, amount }) => {
  const { state, parameters } = context
  const owned = findOwnedName(context, name)
  if (typeof owned === 'string') return owned
  if (isByTerm(parameters)) return 'names-run-by-term'
  const { lease } = owned
  const wanted = quantaIn(amount, parameters)
  if (wanted === 0n) return 'amount-below-quantum'
  if (BigInt(lease.paidQuanta) + wanted > BigInt(maxQuanta)) return 'deposit-too-large'
  if (lease.paidQuanta + Number(wanted) < fundOf(state).paidQuanta) return 'amount-below-arrears'
  const price = wanted * parameters.quantum
  if (accountAt(state, senderKey).balance < price) return 'balance-too-low'

  debitAt(state, senderKey, price)
  const paidQuanta = extendLease(context, owned, Number(wanted), { payer: sender, amount: price })
  context.events.push({ kind: 'depositAdded', body: { name, amount: price, paidQuanta } })
  return 'ok'
}
