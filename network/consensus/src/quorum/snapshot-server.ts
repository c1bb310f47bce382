import { type Application, type Clock, channels, type Network, type PeerId } from '../interface/index.ts'
import { frameOf } from './frames.ts'
import { MAX_PIECE_BYTES, type PieceRequest, type TransferMessage, transferCodec } from './transfer-frames.ts'
import { serveChanges } from './validator-walk.ts'

export interface SnapshotServerOptions {
  readonly application: Pick<Application, 'listSnapshots' | 'loadSnapshotChunk' | 'validatorChanges'>
  readonly network: Pick<Network, 'send'>
  readonly clock: Pick<Clock, 'after' | 'monotonicMs' | 'busyMs'>
}

/** After an answer was read a node that has other things to do does them for so many times as long; one that has none waits as long. */
const REST = 3

/**
 * Answers who asks for the state or for what proves it. A peer's next request is read only once its last one is answered, and answers
 * are read one at a time with rests between them: all peers together cannot keep this node from its own work.
 */
export class SnapshotServer {
  readonly #options: SnapshotServerOptions
  readonly #serving = new Set<PeerId>()
  /** Resolves when the next answer may be read. */
  #turn: Promise<unknown> = Promise.resolve()
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
      else if (message.kind === 'askChanges') await this.#sendChanges(peer, message.body.above)
    } finally {
      this.#serving.delete(peer)
    }
  }

  async #offer(peer: PeerId): Promise<void> {
    const snapshots = await this.#inTurn(() => this.#options.application.listSnapshots())
    this.#send(peer, { kind: 'offer', body: { snapshot: snapshots.at(-1) } })
  }

  async #sendPiece(peer: PeerId, { height, index, offset }: PieceRequest): Promise<void> {
    const chunk = await this.#inTurn(() => this.#read(height, index))
    const bytes = chunk?.subarray(offset, offset + MAX_PIECE_BYTES) ?? new Uint8Array(0)
    this.#send(peer, { kind: 'piece', body: { height, index, offset, chunkBytes: chunk?.length ?? 0, bytes } })
  }

  #sendChanges(peer: PeerId, above: number): Promise<void> {
    const { application, network } = this.#options
    return this.#inTurn(async () => serveChanges(application, network, peer, above))
  }

  async #read(height: number, index: number): Promise<Uint8Array | undefined> {
    const known = this.#chunk
    if (known !== undefined && known.height === height && known.index === index) return known.bytes
    const bytes = await this.#options.application.loadSnapshotChunk(height, index)
    this.#chunk = { height, index, bytes }
    return bytes
  }

  #inTurn<T>(read: () => Promise<T>): Promise<T> {
    const { clock } = this.#options
    let startMs = 0
    const answer = this.#turn.then(() => {
      startMs = clock.monotonicMs()
      return read()
    })
    const rest = (): Promise<void> => this.#rest(clock.monotonicMs() - startMs)
    this.#turn = answer.then(rest, rest)
    return answer
  }

  #rest(readMs: number): Promise<void> {
    if (REST * readMs < 1) return Promise.resolve()
    const { clock } = this.#options
    const busyMs = clock.busyMs()
    return new Promise((resolve) => {
      clock.after(readMs, () => {
        if (clock.busyMs() - busyMs <= readMs / 2) resolve()
        else clock.after((REST - 1) * readMs, resolve)
      })
    })
  }

  #send(peer: PeerId, message: TransferMessage): void {
    this.#options.network.send(peer, frameOf(channels.stateTransfer, transferCodec.encode(message)), 'bulk')
  }
}
