import { checkPast, type FinalityProof, type FinalState, type Trust } from '@cresset/core-chain'
import { CodecError, fromHex } from '@cresset/core-codec'
import { verifyMerkleProof } from '@cresset/core-crypto'
import { type Receipt, receiptCodec, receiptLeaf } from '@cresset/core-ledger/reading'
import { type ClientClock, decodeFinality, type RestsOn, restsOn } from './answer.ts'
import { notVerified } from './client-error.ts'
import { describeRefusal } from './refusals.ts'

/** A receipt that a quorum certified. */
export interface ProvenReceipt {
  readonly id: Uint8Array
  readonly receipt: Receipt
  readonly rests: RestsOn
}

interface ReceiptProofJson {
  readonly receipt: string
  readonly index: number
  readonly count: number
  readonly siblings: readonly string[]
  readonly finality: string
}

const maxSiblings = 64

/**
 * What a quorum certified at any height in the past, however old: receipts and blocks do not change.
 * @throws ClientError `not-verified`
 */
export function verifyPast(proof: FinalityProof, trust: Trust, clock: ClientClock, what: string): FinalState {
  const final = checkPast(proof, trust, clock.nowMs)
  if (final.code !== 'ok') throw describeRefusal(final, trust, what)
  return final
}

/**
 * Checks the proof of `GET /v1/transactions/{id}?proof=true`. A receipt never changes, so an old certificate is as good as a new one.
 * @throws ClientError of kind `not-verified`
 */
export function verifyReceipt(id: Uint8Array, proof: unknown, trust: Trust, clock: ClientClock): ProvenReceipt {
  const form = proof as Partial<ReceiptProofJson> | null | undefined
  if (
    typeof form?.receipt !== 'string' ||
    typeof form.finality !== 'string' ||
    !Array.isArray(form.siblings) ||
    form.siblings.length > maxSiblings ||
    !Number.isSafeInteger(form.index) ||
    !Number.isSafeInteger(form.count)
  ) {
    throw notVerified('bad-answer', 'the node gave no proof of the receipt')
  }
  const final = verifyPast(decodeFinality(form.finality), trust, clock, 'the receipt')
  try {
    const receipt = receiptCodec.decode(fromHex(form.receipt))
    const siblings = form.siblings.map((sibling: unknown) => fromHex(String(sibling), { bytes: 32 }))
    const isProven = verifyMerkleProof(
      receiptLeaf(id, receipt),
      form.index as number,
      form.count as number,
      siblings,
      final.receiptsRoot,
    )
    if (isProven) return { id, receipt, rests: restsOn(final, trust, clock.nowMs) }
  } catch (error) {
    if (!(error instanceof CodecError || error instanceof RangeError)) throw error
  }
  throw notVerified('bad-receipt', 'the receipt is not under the certified receipts root')
}
