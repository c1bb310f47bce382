import { CodecError, equalBytes } from '@cresset/core-codec'
import { accountOf, checkSignature, type PublicKey, type Signature, signingBytes } from '@cresset/core-crypto'
import type { Refusal } from './codes.ts'
import { stateKeys } from './state-keys.ts'
import {
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
  readonly signatures: readonly Signature[]
  /** Account of the first signer. */
  readonly sender: Uint8Array
  readonly senderKey: Uint8Array
  readonly units: number
}

export function isPrepared(result: PreparedTransaction | { code: Refusal }): result is PreparedTransaction {
  return 'id' in result
}

/** Decodes and checks what needs no state: length, canonical form, distinct signers. */
export function prepareTransaction(
  bytes: Uint8Array,
  limits: { readonly maxTransactionBytes: number },
): PreparedTransaction | { code: Refusal } {
  if (bytes.length > limits.maxTransactionBytes) return { code: 'transaction-too-long' }
  let decoded: Transaction
  try {
    decoded = transactionCodec.decode(bytes)
  } catch (error) {
    if (error instanceof CodecError) return { code: 'transaction-malformed' }
    throw error
  }
  const { unsigned, signatures } = decoded
  const { signers, action } = unsigned
  for (let index = 1; index < signers.length; index++) {
    const key = signers[index] as PublicKey
    for (let before = 0; before < index; before++) {
      if (equalBytes(signers[before] as PublicKey, key)) return { code: 'signer-twice' }
    }
  }
  const sender = accountOf(signers[0] as PublicKey)
  return {
    id: transactionId(bytes),
    bytes,
    transaction: unsigned,
    signatures,
    sender,
    senderKey: stateKeys.account(sender),
    units: unitsOf(action, signers.length),
  }
}

/** Whether every signature is good. Expensive: callers may remember successes, and only successes, by the id. */
export function checkSignatures(prepared: PreparedTransaction): boolean {
  const { transaction, signatures, bytes } = prepared
  const message = signingBytes('transaction', transaction.chainId, unsignedPart(bytes, signatures.length))
  return transaction.signers.every((key, index) => checkSignature(key, message, signatures[index] as Signature))
}
