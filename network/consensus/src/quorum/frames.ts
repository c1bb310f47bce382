import { commitCertificateCodec, type Parameters } from '@cresset/core-chain'
import {
  bytes,
  type Codec,
  CodecError,
  list,
  optional,
  struct,
  uint,
  uint32,
  uint53,
  variant,
} from '@cresset/core-codec'
import { type MessageCodecs, messageCodecsFor } from './messages.ts'
import { transferCodec } from './transfer-frames.ts'

/** What nodes tell each other outside a height: where they are, and blocks that are final. */
export type CatchUpMessage =
  /** Last final height and its certificate; none at height 0. */
  | { kind: 'status'; body: { height: number; view: number; certificate: Uint8Array | undefined } }
  | { kind: 'request'; body: { fromHeight: number; maxBlocks: number } }
  | { kind: 'reply'; body: { fromHeight: number; blocks: { block: Uint8Array; certificate: Uint8Array }[] } }
  /** The block of this height was final here and is not kept any more. */
  | { kind: 'forgotten'; body: { fromHeight: number } }

export const MAX_BLOCKS_PER_REPLY = 64
/** A reply holds at least one block, and ends before its blocks pass this. */
export const MAX_REPLY_BYTES = 1_048_576
export const MAX_TRANSACTIONS_PER_FRAME = 1_024
export const MAX_GOSSIP_BYTES = 262_144

export interface FrameCodecs extends MessageCodecs {
  readonly catchUp: Codec<CatchUpMessage>
  readonly transactions: Codec<Uint8Array[]>
  /** Longest frame that this node sends; links must carry it. */
  readonly maxFrameBytes: number
}

export function frameCodecsFor(limits: Pick<Parameters, 'maxBlockBytes' | 'maxTransactionBytes'>): FrameCodecs {
  const codecs = messageCodecsFor(limits)
  const stored = struct({
    block: bytes({ minBytes: 1, maxBytes: codecs.block.maxBytes }),
    certificate: bytes({ minBytes: 1, maxBytes: commitCertificateCodec.maxBytes }),
  })
  const catchUp: Codec<CatchUpMessage> = variant({
    status: [
      1,
      struct({
        height: uint53,
        view: uint32,
        certificate: optional(bytes({ minBytes: 1, maxBytes: commitCertificateCodec.maxBytes })),
      }),
    ],
    request: [2, struct({ fromHeight: uint53, maxBlocks: uint(MAX_BLOCKS_PER_REPLY) })],
    reply: [
      3,
      struct({
        fromHeight: uint53,
        blocks: list(stored, { maxItems: MAX_BLOCKS_PER_REPLY, maxBytes: MAX_REPLY_BYTES + stored.maxBytes }),
      }),
    ],
    forgotten: [4, struct({ fromHeight: uint53 })],
  })
  const transactions = list(bytes({ minBytes: 1, maxBytes: limits.maxTransactionBytes }), {
    minItems: 1,
    maxItems: MAX_TRANSACTIONS_PER_FRAME,
    maxBytes: MAX_GOSSIP_BYTES + limits.maxTransactionBytes,
  })
  const longest = [codecs.message, catchUp, transactions, transferCodec].map(({ maxBytes }) => maxBytes)
  const maxFrameBytes = 1 + Math.max(...longest)
  return { ...codecs, catchUp, transactions, maxFrameBytes }
}

/** A frame: the channel's byte, then the message. */
export function frameOf(channel: number, message: Uint8Array): Uint8Array {
  const frame = new Uint8Array(1 + message.length)
  frame[0] = channel
  frame.set(message, 1)
  return frame
}

/** Undefined when a peer sent something else than a message. */
export function decodeFrame<T>(codec: Codec<T>, frame: Uint8Array): T | undefined {
  try {
    return codec.decode(frame.subarray(1))
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}
