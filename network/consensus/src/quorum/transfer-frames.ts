import { commitCertificateCodec, headerCodec, maxValidatorsBytes } from '@cresset/core-chain'
import { bytes, type Codec, hash32, list, optional, struct, uint, uint53, variant } from '@cresset/core-codec'
import { type SnapshotDescription, snapshotLimits, type ValidatorChange } from '../interface/index.ts'

/** How a state travels from a node that has it to one that has nothing. */
export type TransferMessage =
  /** Which snapshot can be had? */
  | { kind: 'ask'; body: Record<never, never> }
  /** The newest one; none while there is no block. */
  | { kind: 'offer'; body: { snapshot: SnapshotDescription | undefined } }
  /** A piece of a chunk, from this offset on. */
  | { kind: 'askPiece'; body: PieceRequest }
  /** `chunkBytes` is the length of the whole chunk; 0 says that it cannot be had any more. */
  | { kind: 'piece'; body: PieceRequest & { chunkBytes: number; bytes: Uint8Array } }
  /** Which changes of the validators come after this height? */
  | { kind: 'askChanges'; body: { above: number } }
  /** The next ones, rising; none: there are no more. */
  | { kind: 'changes'; body: { changes: ValidatorChange[] } }

export interface PieceRequest {
  readonly height: number
  readonly index: number
  readonly offset: number
}

/** A chunk can be longer than a frame. */
export const MAX_PIECE_BYTES = 262_144

export const MAX_CHANGES_PER_REPLY = 64
/** A reply holds at least one change, and ends before its changes pass this. */
export const MAX_CHANGES_REPLY_BYTES = 262_144

const changeCodec = struct({
  header: bytes({ minBytes: 1, maxBytes: headerCodec.maxBytes }),
  certificate: bytes({ minBytes: 1, maxBytes: commitCertificateCodec.maxBytes }),
  validators: bytes({ minBytes: 1, maxBytes: maxValidatorsBytes }),
  nextValidators: bytes({ minBytes: 1, maxBytes: maxValidatorsBytes }),
})

const pieceRequest = {
  height: uint53,
  index: uint(snapshotLimits.chunks - 1),
  offset: uint(snapshotLimits.chunkBytes),
}

export const transferCodec: Codec<TransferMessage> = variant({
  ask: [1, struct({})],
  offer: [
    2,
    struct({ snapshot: optional(struct({ height: uint53, stateRoot: hash32, chunks: uint(snapshotLimits.chunks) })) }),
  ],
  askPiece: [3, struct(pieceRequest)],
  piece: [
    4,
    struct({
      ...pieceRequest,
      chunkBytes: uint(snapshotLimits.chunkBytes),
      bytes: bytes({ maxBytes: MAX_PIECE_BYTES }),
    }),
  ],
  askChanges: [5, struct({ above: uint53 })],
  changes: [
    6,
    struct({
      changes: list(changeCodec, {
        maxItems: MAX_CHANGES_PER_REPLY,
        maxBytes: MAX_CHANGES_REPLY_BYTES + changeCodec.maxBytes,
      }),
    }),
  ],
})
