import { type Application, channels, type Network, type PeerId } from '../interface/index.ts'
import { frameOf } from './frames.ts'
import { MAX_PIECE_BYTES, type PieceRequest, type TransferMessage, transferCodec } from './transfer-frames.ts'

export interface SnapshotServerOptions {
  readonly application: Pick<Application, 'listSnapshots' | 'loadSnapshotChunk'>
  readonly network: Pick<Network, 'send'>
}

/**
 * Answers who asks for the state. A peer's next request is read only once its last one is answered, so that none of them
 * can make this node read more than one chunk at a time.
 */
export class SnapshotServer {
  readonly #options: SnapshotServerOptions
  readonly #serving = new Set<PeerId>()
  /** The chunk read last: its pieces are asked for one after the other. */
  #chunk: { readonly height: number; readonly index: number; readonly bytes: Uint8Array | undefined } | undefined

  constructor(options: SnapshotServerOptions) {
    this.#options = options
  }

  /** Resolves when the request is answered. */
  async serve(peer: PeerId, message: TransferMessage): Promise<void> {
    if (this.#serving.has(peer)) return
    this.#serving.add(peer)
    try {
      if (message.kind === 'ask') await this.#offer(peer)
      else if (message.kind === 'askPiece') await this.#sendPiece(peer, message.body)
    } finally {
      this.#serving.delete(peer)
    }
  }

  async #offer(peer: PeerId): Promise<void> {
    const snapshots = await this.#options.application.listSnapshots()
    this.#send(peer, { kind: 'offer', body: { snapshot: snapshots.at(-1) } })
  }

  async #sendPiece(peer: PeerId, { height, index, offset }: PieceRequest): Promise<void> {
    const chunk = await this.#read(height, index)
    const bytes = chunk?.subarray(offset, offset + MAX_PIECE_BYTES) ?? new Uint8Array(0)
    this.#send(peer, { kind: 'piece', body: { height, index, offset, chunkBytes: chunk?.length ?? 0, bytes } })
  }

  async #read(height: number, index: number): Promise<Uint8Array | undefined> {
    const known = this.#chunk
    if (known !== undefined && known.height === height && known.index === index) return known.bytes
    const bytes = await this.#options.application.loadSnapshotChunk(height, index)
    this.#chunk = { height, index, bytes }
    return bytes
  }

  #send(peer: PeerId, message: TransferMessage): void {
    this.#options.network.send(peer, frameOf(channels.stateTransfer, transferCodec.encode(message)), 'bulk')
  }
}
