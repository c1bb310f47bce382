import { equalBytes } from '@cresset/core-codec'
import { nobody } from './accounts.ts'
import type { Code } from './codes.ts'
import { accountEntry } from './entries/account.ts'
import { longestValidityMs } from './execute-block.ts'
import { type LedgerParameters, parametersEntry, transactionFee } from './parameters.ts'
import type { PreparedTransaction } from './prepare.ts'
import { stateKeys } from './state-keys.ts'
import type { StateView } from './state-view.ts'

/** How far ahead of the payer's next sequence a waiting transaction may be. */
export const admissionWindow = 64

/**
 * Whether a transaction may wait for a block: what can be told from committed state, without running it. `blockTimeMs` is that
 * of the newest block.
 */
export function admit(
  prepared: PreparedTransaction,
  view: StateView,
  { blockTimeMs, chainId }: { readonly blockTimeMs: number; readonly chainId: string },
): { readonly code: Code } {
  const { transaction, bytes, senderKey } = prepared
  const parameters = parametersIn(view)
  if (bytes.length > parameters.maxTransactionBytes) return { code: 'transaction-too-long' }
  if (transaction.chainId !== chainId) return { code: 'wrong-chain' }
  const fee = transactionFee(bytes.length, parameters)
  if (transaction.fee < fee) return { code: 'fee-too-low' }
  const entry = view.get(senderKey)
  const payer = entry === undefined ? nobody : accountEntry.codec.decode(entry)
  if (transaction.sequence < payer.sequence) return { code: 'sequence-used' }
  if (transaction.sequence >= payer.sequence + admissionWindow) return { code: 'sequence-too-far' }
  if (payer.balance < fee) return { code: 'fee-unpayable' }
  if (transaction.validUntilMs <= blockTimeMs) return { code: 'expired' }
  if (transaction.validUntilMs > blockTimeMs + longestValidityMs) return { code: 'valid-too-long' }
  return { code: 'ok' }
}

// Every transaction asks for the same parameters: those last decoded, with the bytes they came from. Bytes decide, so the memory
// changes no answer.
let lastParameters: { readonly bytes: Uint8Array; readonly value: LedgerParameters } | undefined

function parametersIn(view: StateView): LedgerParameters {
  const bytes = view.get(stateKeys.parameters)
  if (bytes === undefined) throw new Error('invariant: the state lacks its parameters entry')
  if (lastParameters === undefined || !equalBytes(lastParameters.bytes, bytes)) {
    lastParameters = { bytes, value: parametersEntry.codec.decode(bytes) }
  }
  return lastParameters.value
}
