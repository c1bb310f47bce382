import { type Codec, concatBytes, uint32, versioned } from '@cresset/core-codec'
import { merkleRoot } from '@cresset/core-crypto'
import { type Code, codes } from './codes.ts'
import { codeCodec, eventListCodec, type LedgerEvent } from './events.ts'

/** What became of one transaction. */
export interface Receipt {
  readonly code: Code
  readonly events: LedgerEvent[]
  /** Work units it was counted with. */
  readonly units: number
}

export const receiptCodec: Codec<Receipt> = versioned(1, { code: codeCodec, events: eventListCodec, units: uint32 })

/** What fell due in a block whatever its transactions: the last leaf under the receipts root, when there is any. */
export const blockEventsCodec: Codec<{ events: LedgerEvent[] }> = versioned(1, { events: eventListCodec })

/** Stands in the place of an id, so that the block's own events pass for no transaction's receipt. */
const blockEventsId = new Uint8Array(32)

/** A leaf binds the receipt to its transaction, so that one path proves both, whatever size of tree a prover claims. */
export function receiptLeaf(transactionId: Uint8Array, receipt: Receipt): Uint8Array {
  return concatBytes(transactionId, receiptCodec.encode(receipt))
}

/** Leaves: id and receipt of each transaction in their order, then the block's own events unless there are none. */
export function receiptsRoot(
  transactionIds: readonly Uint8Array[],
  receipts: readonly Receipt[],
  blockEvents: readonly LedgerEvent[],
): Uint8Array {
  // Receipts without events come in few kinds and many copies.
  const encodings = new Map<number, Uint8Array>()
  const encode = (receipt: Receipt): Uint8Array => {
    if (receipt.events.length > 0) return receiptCodec.encode(receipt)
    const kind = codes[receipt.code].number * 2 ** 32 + receipt.units
    const known = encodings.get(kind) ?? receiptCodec.encode(receipt)
    encodings.set(kind, known)
    return known
  }
  const leaves = receipts.map((receipt, index) => concatBytes(transactionIds[index] as Uint8Array, encode(receipt)))
  if (blockEvents.length > 0) {
    leaves.push(concatBytes(blockEventsId, blockEventsCodec.encode({ events: [...blockEvents] })))
  }
  return merkleRoot(leaves)
}
