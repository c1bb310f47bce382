import { type Application, type Clock, channels, type Network, type PeerId } from '../interface/index.ts'
import { frameOf } from './frames.ts'
import { MAX_PIECE_BYTES, type PieceRequest, type TransferMessage, transferCodec } from './transfer-frames.ts'

export interface SnapshotServerOptions {
  readonly application: Pick<Application, 'listSnapshots' | 'loadSnapshotChunk'>
  readonly network: Pick<Network, 'send'>
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
}

/** After a chunk was read the node does other things for so many times as long. */
const REST = 3

/**
 * Answers who asks for the state. A peer's next request is read only once its last one is answered, and chunks are read one
 * at a time with rests between them: all peers together cannot keep this node from its own work.
 */
export class SnapshotServer {
  readonly #options: SnapshotServerOptions
  readonly #serving = new Set<PeerId>()
  /** Resolves when the next chunk may be read. */
  #turn: Promise<unknown> = Promise.resolve()
  #restMs = 0
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

  #read(height: number, index: number): Promise<Uint8Array | undefined> {
    const bytes = this.#turn.then(() => this.#readInTurn(height, index))
    this.#turn = bytes.then(
      () => this.#rest(),
      () => {},
    )
    return bytes
  }

  async #readInTurn(height: number, index: number): Promise<Uint8Array | undefined> {
    const known = this.#chunk
    if (known !== undefined && known.height === height && known.index === index) return known.bytes
    const { application, clock } = this.#options
    const startMs = clock.monotonicMs()
    const bytes = await application.loadSnapshotChunk(height, index)
    this.#restMs = REST * (clock.monotonicMs() - startMs)
    this.#chunk = { height, index, bytes }
    return bytes
  }

  #rest(): Promise<void> {
    const restMs = this.#restMs
    this.#restMs = 0
    if (restMs < 1) return Promise.resolve()
    return new Promise((resolve) => {
      this.#options.clock.after(restMs, resolve)
    })
  }

  #send(peer: PeerId, message: TransferMessage): void {
    this.#options.network.send(peer, frameOf(channels.stateTransfer, transferCodec.encode(message)), 'bulk')
  }
}
