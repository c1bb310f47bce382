import { accountOf } from '@cresset/core-crypto'
import { credit } from '../accounts.ts'
import { endRegistration } from '../names/expire-name.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import { worthOf } from '../parameters.ts'
import type { Operation } from './operation.ts'

/** Gives a name up. What is left of the deposit goes to the owner's account. */
export const cancel: Operation<'cancel'> = (context, prepared, { name }) => {
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned

  const freeAtLedgerMs = context.ledgerTimeMs + context.parameters.releaseDelayMs
  const left = endRegistration(context, owned.lease, freeAtLedgerMs)
  const refund = worthOf(left, context.parameters)
  const owner = accountOf(owned.registration.primaryKey)
  credit(context.state, owner, refund)
  context.events.push({ kind: 'nameCancelled', body: { name, owner, refund, freeAtLedgerMs } })
  return 'ok'
}
