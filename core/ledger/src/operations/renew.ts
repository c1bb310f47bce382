import { extendLease, fundOf, termQuanta } from '../deposit/fund.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import { isByTerm } from '../parameters.ts'
import type { Operation } from './operation.ts'

/** Where names run by term: the owner has it begin anew. */
export const renew: Operation<'renew'> = (context, prepared, { name }) => {
  const { state, parameters } = context
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  if (!isByTerm(parameters)) return 'names-run-by-deposit'
  const quanta = fundOf(state).paidQuanta + termQuanta(parameters) - owned.lease.paidQuanta
  if (quanta <= 0) return 'renewed-already'

  const paidQuanta = extendLease(context, owned, quanta, { payer: prepared.sender, amount: 0n })
  context.events.push({ kind: 'nameRenewed', body: { name, paidQuanta } })
  return 'ok'
}
