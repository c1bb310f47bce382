import { accountAt, debitAt } from '../accounts.ts'
import { openSealCountEntry, sealEntry } from '../entries/registration.ts'
import { bondOf } from '../parameters.ts'
import { enqueue } from '../registration/queue.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/** Takes a place in the queue for a name that nobody can read yet. The bond leaves the payer now. */
export const seal: Operation<'seal'> = (context, { sender, senderKey, transaction }, body) => {
  const { state, parameters, ledgerTimeMs, height } = context
  const bond = bondOf(parameters)
  const countKey = stateKeys.openSealCount(sender)
  const open = state.get(openSealCountEntry, countKey)?.count ?? 0
  if (bond === 0n && open >= parameters.maxOpenSealsWithoutBond) return 'too-many-open-seals'
  if (accountAt(state, senderKey).balance < bond) return 'balance-too-low'

  const { sequence } = transaction
  debitAt(state, senderKey, bond)
  const order = enqueue(state, sender, sequence)
  const { salt, commitment, ciphertext } = body
  const entry = { order, salt, commitment, ciphertext, bond, ledgerTimeMs, height }
  state.put(sealEntry, stateKeys.seal(sender, sequence), entry)
  state.put(openSealCountEntry, countKey, { count: open + 1 })
  context.events.push({ kind: 'sealMade', body: { sender, sequence, order } })
  return 'ok'
}
