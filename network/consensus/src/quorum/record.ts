import { type Genesis, type PreparedCertificate, preparedCertificateCodec } from '@cresset/core-chain'
import { bytes, type Codec, list, optional, uint32, uint53, versioned } from '@cresset/core-codec'
import { type Message, type MessageCodecs, messageCodecsFor } from './messages.ts'

/** One entry of the vote record: signed messages as they will be sent, and the block that they are about when it is new. */
export interface RecordEntry {
  readonly height: number
  readonly view: number
  readonly messages: readonly Message[]
  /** Encoded. */
  readonly block: Uint8Array | undefined
  /** What the votes rest on; a view change after a restart claims it. */
  readonly prepared: PreparedCertificate | undefined
}

const MAX_MESSAGES = 4

export function recordCodecFor(codecs: MessageCodecs): Codec<RecordEntry> {
  return versioned(1, {
    height: uint53,
    view: uint32,
    messages: list(codecs.message, { maxItems: MAX_MESSAGES }),
    block: optional(bytes({ maxBytes: codecs.block.maxBytes })),
    prepared: optional(preparedCertificateCodec),
  }) as unknown as Codec<RecordEntry>
}

/**
 * First entry of the vote record of a key that has never voted. Whoever makes the key writes it, so that a record that is
 * missing later means a lost one, and the node abstains.
 */
export function firstVoteRecord(genesis: Genesis): Uint8Array {
  const entry: RecordEntry = { height: 1, view: 0, messages: [], block: undefined, prepared: undefined }
  return recordCodecFor(messageCodecsFor(genesis.parameters)).encode(entry)
}
