import { accountAt, credit, debitAt } from '../accounts.ts'
import type { Operation } from './operation.ts'

/** Moves money from the payer to an account, which need not exist. */
export const transfer: Operation<'transfer'> = ({ state }, { senderKey }, { to, amount }) => {
  if (amount === 0n) return 'amount-zero'
  if (accountAt(state, senderKey).balance < amount) return 'balance-too-low'
  // In this order a transfer to oneself reads its own debit.
  debitAt(state, senderKey, amount)
  credit(state, to, amount)
  return 'ok'
}
