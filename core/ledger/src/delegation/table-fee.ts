import { accountAt, debitAt } from '../accounts.ts'
import { addIncome, type BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import { type RecordGeneration, recordTableEntry } from '../entries/record-table.ts'
import { type LedgerParameters, transactionFee } from '../parameters.ts'
import type { PreparedTransaction } from '../prepare.ts'
import { stateKeys } from '../state-keys.ts'

/**
 * What a delegation that comes or goes costs beside its transaction, where the name serves a record table: it can hide or show all that
 * the table has, which is as much work for every name server as when its bytes were written.
 */
export function tableFee(
  served: RecordGeneration | undefined,
  { transactionFeePerByte }: Pick<LedgerParameters, 'transactionFeePerByte'>,
): bigint {
  return transactionFeePerByte * BigInt(served?.bytes ?? 0)
}

/** Takes that from the payer, or says why not and takes nothing. */
export function takeTableFee(context: BlockContext, prepared: PreparedTransaction, name: string): Refusal | undefined {
  const { state, parameters } = context
  const { transaction, bytes, senderKey } = prepared
  const fee = tableFee(state.get(recordTableEntry, stateKeys.recordTable(name))?.served, parameters)
  if (transactionFee(bytes.length, parameters) + fee > transaction.fee) return 'table-fee-not-offered'
  if (accountAt(state, senderKey).balance < fee) return 'balance-too-low'
  debitAt(state, senderKey, fee)
  addIncome(context, fee)
  return undefined
}
