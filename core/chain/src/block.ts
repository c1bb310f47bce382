import { bytes, type Codec, equalBytes, list, versioned } from '@cresset/core-codec'
import { type Header, headerCodec, transactionsRoot } from './header.ts'
import { type Misbehaviour, misbehaviourListCodec, misbehaviourRoot } from './misbehaviour.ts'
import type { Parameters } from './parameters.ts'

export interface Block {
  header: Header
  /** Complete encodings with signatures, in the order of execution. */
  transactions: Uint8Array[]
  misbehaviour: Misbehaviour[]
}

/** No transaction is this short; it bounds the count from the bytes. */
const MIN_TRANSACTION_BYTES = 64

/** Codec of blocks under the limits of a ledger. Make it once: it holds no state. */
export function blockCodecFor(limits: Pick<Parameters, 'maxBlockBytes' | 'maxTransactionBytes'>): Codec<Block> {
  const maxTransactions = Math.floor(limits.maxBlockBytes / MIN_TRANSACTION_BYTES)
  const transaction = bytes({ minBytes: 1, maxBytes: limits.maxTransactionBytes })
  // A head of at most five bytes stands before each transaction and before the list.
  const maxListBytes = limits.maxBlockBytes + 5 * (maxTransactions + 1)
  return versioned(1, {
    header: headerCodec,
    transactions: list(transaction, { maxItems: maxTransactions, maxBytes: maxListBytes }),
    misbehaviour: misbehaviourListCodec,
  })
}

/** For readers that do not know the ledger's limits: those that no genesis can pass. The bytes are the same. */
export const blockCodec: Codec<Block> = blockCodecFor({ maxBlockBytes: 8_388_608, maxTransactionBytes: 1_048_576 })

/** Whether the roots in the header are those of the body. The header's hash then names the whole block. */
export function bodyMatchesHeader(block: Block): boolean {
  return (
    equalBytes(block.header.transactionsRoot, transactionsRoot(block.transactions)) &&
    equalBytes(block.header.misbehaviourRoot, misbehaviourRoot(block.misbehaviour))
  )
}
