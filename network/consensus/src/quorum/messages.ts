import {
  type Block,
  blockCodecFor,
  type CommitVote,
  MAX_VALIDATORS,
  type Parameters,
  type PreparedCertificate,
  preparedCertificateCodec,
  validatorIndexCodec,
} from '@cresset/core-chain'
import { bytes, type Codec, hash32, list, optional, struct, uint32, uint53, variant } from '@cresset/core-codec'
import { signatureCodec, signingBytes } from '@cresset/core-crypto'

/** A view's proposer puts a block before the others. Views above 0 need the reason why the view began. */
export interface Proposal {
  height: number
  view: number
  /** Encoded block. */
  block: Uint8Array
  signature: Uint8Array
  newView: NewView | undefined
}

/** A quorum left the earlier views, and what may have been decided in them. */
export interface NewView {
  /** Rising by validator index. */
  viewChanges: ViewChangeClaim[]
  /** Of the highest prepared view that is claimed; the proposal must then be this block. */
  prepared: PreparedCertificate | undefined
}

/** What a view change signs: its sender votes in no lower view any more and prepared nothing higher than this. */
export interface ViewChangeClaim {
  validatorIndex: number
  preparedView: number | undefined
  preparedHash: Uint8Array | undefined
  signature: Uint8Array
}

export interface Prepare {
  height: number
  view: number
  blockHash: Uint8Array
  validatorIndex: number
  signature: Uint8Array
}

export interface Commit extends CommitVote {
  validatorIndex: number
  signature: Uint8Array
}

export interface ViewChange {
  height: number
  /** The view asked for. */
  view: number
  claim: ViewChangeClaim
  /** Proves the claim; absent when nothing was prepared. */
  prepared: PreparedCertificate | undefined
}

/** Asks for a block of the height by its hash; answered by whoever holds it. */
export interface BlockRequest {
  height: number
  blockHash: Uint8Array
}

export interface BlockReply {
  height: number
  block: Uint8Array
}

export type Message =
  | { kind: 'proposal'; body: Proposal }
  | { kind: 'prepare'; body: Prepare }
  | { kind: 'commit'; body: Commit }
  | { kind: 'viewChange'; body: ViewChange }
  | { kind: 'blockRequest'; body: BlockRequest }
  | { kind: 'blockReply'; body: BlockReply }

const claimCodec: Codec<ViewChangeClaim> = struct({
  validatorIndex: validatorIndexCodec,
  preparedView: optional(uint32),
  preparedHash: optional(hash32),
  signature: signatureCodec,
})

/** What the signature of a view change covers: height and view asked for, highest prepared view and block. */
export function viewChangeBytes(
  chainId: string,
  change: { height: number; view: number },
  claim: Pick<ViewChangeClaim, 'preparedView' | 'preparedHash'>,
): Uint8Array {
  const { preparedView, preparedHash } = claim
  const { height, view } = change
  return signingBytes('view-change', chainId, viewChangeBodyCodec.encode({ height, view, preparedView, preparedHash }))
}

const viewChangeBodyCodec = struct({
  height: uint53,
  view: uint32,
  preparedView: optional(uint32),
  preparedHash: optional(hash32),
})

export interface MessageCodecs {
  readonly block: Codec<Block>
  readonly message: Codec<Message>
}

/** Codecs under a ledger's limits; `message.maxBytes` bounds a frame. */
export function messageCodecsFor(limits: Pick<Parameters, 'maxBlockBytes' | 'maxTransactionBytes'>): MessageCodecs {
  const block = blockCodecFor(limits)
  const blockBytes = bytes({ minBytes: 1, maxBytes: block.maxBytes })
  const newView: Codec<NewView> = struct({
    viewChanges: list(claimCodec, { minItems: 1, maxItems: MAX_VALIDATORS }),
    prepared: optional(preparedCertificateCodec),
  })
  const message: Codec<Message> = variant({
    proposal: [
      1,
      struct({
        height: uint53,
        view: uint32,
        block: blockBytes,
        signature: signatureCodec,
        newView: optional(newView),
      }),
    ],
    prepare: [
      2,
      struct({
        height: uint53,
        view: uint32,
        blockHash: hash32,
        validatorIndex: validatorIndexCodec,
        signature: signatureCodec,
      }),
    ],
    commit: [
      3,
      struct({
        height: uint53,
        view: uint32,
        blockHash: hash32,
        stateRoot: hash32,
        receiptsRoot: hash32,
        validatorIndex: validatorIndexCodec,
        signature: signatureCodec,
      }),
    ],
    viewChange: [
      4,
      struct({ height: uint53, view: uint32, claim: claimCodec, prepared: optional(preparedCertificateCodec) }),
    ],
    blockRequest: [5, struct({ height: uint53, blockHash: hash32 })],
    blockReply: [6, struct({ height: uint53, block: blockBytes })],
  })
  return { block, message }
}
