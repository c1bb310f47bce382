import { CodecError, equalBytes } from '@cresset/core-codec'
import { accountOf, checkSignature, type PublicKey, signingBytes } from '@cresset/core-crypto'
import type { Refusal } from './codes.ts'
import { stateKeys } from './state-keys.ts'
import {
  signatureAt,
  type Transaction,
  transactionCodec,
  transactionId,
  type UnsignedTransaction,
  unsignedPart,
} from './transaction.ts'
import { unitsOf } from './units.ts'

/** A transaction decoded once, with everything that its bytes alone tell. Its signatures are not checked. */
export interface PreparedTransaction {
  readonly id: Uint8Array
  readonly bytes: Uint8Array
  readonly transaction: UnsignedTransaction
  /** Account of the first signer. */
  readonly sender: Uint8Array
  readonly senderKey: Uint8Array
  readonly units: number
}

export function isPrepared(result: PreparedTransaction | { code: Refusal }): result is PreparedTransaction {
  return 'id' in result
}

/** Decodes and checks what needs no state: length, canonical form, distinct signers. `id` spares a digest where it is known. */
export function prepareTransaction(
  bytes: Uint8Array,
  limits: { readonly maxTransactionBytes: number },
  id = transactionId(bytes),
): PreparedTransaction | { code: Refusal } {
  if (bytes.length > limits.maxTransactionBytes) return { code: 'transaction-too-long' }
  let decoded: Transaction
  try {
    decoded = transactionCodec.decode(bytes)
  } catch (error) {
    if (error instanceof CodecError) return { code: 'transaction-malformed' }
    throw error
  }
  const { unsigned } = decoded
  const { signers, action } = unsigned
  for (let index = 1; index < signers.length; index++) {
    const key = signers[index] as PublicKey
    for (let before = 0; before < index; before++) {
      if (equalBytes(signers[before] as PublicKey, key)) return { code: 'signer-twice' }
    }
  }
  const sender = accountOf(signers[0] as PublicKey)
  return {
    id,
    bytes,
    transaction: unsigned,
    sender,
    senderKey: stateKeys.account(sender),
    units: unitsOf(action, signers.length),
  }
}

/** Whether every signature is good. Expensive: callers may remember successes, and only successes, by the id. */
export function checkSignatures(prepared: PreparedTransaction, check = checkSignature): boolean {
  const { bytes, transaction } = prepared
  const { chainId, signers } = transaction
  const message = signingBytes('transaction', chainId, unsignedPart(bytes, signers.length))
  return signers.every((key, index) => check(key, message, signatureAt(bytes, signers.length, index)))
}
