import {
  type Application,
  type Clock,
  type Network,
  type PeerId,
  type SnapshotDescription,
  type SnapshotTrust,
  snapshotLimits,
} from '../interface/index.ts'
import type { PieceRequest, TransferMessage } from './transfer-frames.ts'
import { TransferRequests } from './transfer-requests.ts'

export interface StateTransferOptions {
  readonly application: Pick<Application, 'offerSnapshot' | 'applySnapshotChunk' | 'abandonSnapshot'>
  readonly network: Pick<Network, 'send' | 'peers'>
  readonly clock: Pick<Clock, 'after' | 'monotonicMs'>
  /** Who decides a height, as far as this peer can prove it. */
  readonly trustAt: (height: number, peer: PeerId) => Promise<SnapshotTrust>
  /** An older state is of no use: too many blocks would be left to replay. */
  readonly oldestHeight: number
  readonly log: {
    info(event: string, details: Readonly<Record<string, unknown>>): void
    warn(event: string, details: Readonly<Record<string, unknown>>): void
  }
}

/** Past the first while a peer must on the average give so much, or it is passed over, however promptly it sends each piece. */
const SLOW_START_MS = 20_000
const MIN_BYTES_A_MS = 32

/** Chunks asked for before the ones before them are applied: of four, the last takes the longest, for then all are written. */
const CHUNKS_AHEAD = 4

/** What one peer gave since it was asked. */
interface Pace {
  readonly startMs: number
  bytes: number
}

/**
 * Fetches the newest state of another node, chunk by chunk, for a node that has nothing. The application checks each chunk
 * against the certified root, so a peer can cost time and nothing else: whoever sends what does not
 * fit, or stalls, is passed over, and the next peer is asked from the beginning.
 */
export class StateTransfer {
  readonly #options: StateTransferOptions
  readonly #requests: TransferRequests
  #progress:
    | { readonly peer: PeerId; readonly height: number; readonly index: number; readonly chunks: number }
    | undefined

  constructor(options: StateTransferOptions) {
    this.#options = options
    this.#requests = new TransferRequests(options)
  }

  /** For the status: what is being fetched, in one line. */
  get progress(): string {
    if (this.#progress === undefined) return 'asks for a snapshot of the state'
    const { height, index, chunks } = this.#progress
    return `fetches the state at height ${height}: part ${index + 1} of about ${Math.max(chunks, index + 1)}`
  }

  /** Asks this peer first, then each other one that is linked; false when none had a state that holds. */
  async run(first: PeerId): Promise<boolean> {
    const tried = new Set<PeerId>()
    for (let peer: PeerId | undefined = first; peer !== undefined; peer = this.#nextPeer(tried)) {
      tried.add(peer)
      const outcome = await this.#from(peer)
      if (outcome === 'done') return true
      if (this.#requests.stopped) break
      this.#options.log.warn('no state from this peer', { peer, reason: outcome })
    }
    await this.#options.application.abandonSnapshot()
    return false
  }

  /** Only the answer that is waited for counts, from whom it was asked of. */
  onMessage(peer: PeerId, message: TransferMessage): void {
    this.#requests.onMessage(peer, message)
  }

  disconnected(peer: PeerId): void {
    this.#requests.disconnected(peer)
  }

  stop(): void {
    this.#requests.stop()
  }

  #nextPeer(tried: ReadonlySet<PeerId>): PeerId | undefined {
    if (this.#requests.stopped) return undefined
    return this.#options.network.peers().find(({ id, connected }) => connected && !tried.has(id))?.id
  }

  /** `done`, or in a word why not. */
  async #from(peer: PeerId): Promise<string> {
    const { application, log } = this.#options
    const offer = await this.#requests.ask(peer, { kind: 'ask', body: {} })
    if (offer?.kind !== 'offer') return 'no answer'
    const { snapshot } = offer.body
    if (snapshot === undefined) return 'it has none'
    if (snapshot.height < this.#options.oldestHeight) return 'it is old'
    const trust = await this.#options.trustAt(snapshot.height, peer)
    const { code } = await application.offerSnapshot(snapshot, trust)
    if (code !== 'accept') return code
    const { height, chunks } = snapshot
    log.info('fetches a state', { peer, height, chunks })
    const pace: Pace = { startMs: this.#options.clock.monotonicMs(), bytes: 0 }
    const coming: Promise<Uint8Array | undefined>[] = []
    let newest: Promise<Uint8Array | undefined> | undefined
    let isOver = false
    // One after the other, and none behind one that did not come: the first after the last chunk costs a message.
    const ask = async (before: typeof newest, index: number): Promise<Uint8Array | undefined> => {
      if (before !== undefined && (await before) === undefined) return undefined
      return isOver ? undefined : this.#chunk(peer, snapshot, index, pace)
    }
    try {
      for (let index = 0, asked = 0; index < snapshotLimits.chunks; index++) {
        for (; asked < Math.min(index + CHUNKS_AHEAD, snapshotLimits.chunks); asked++) {
          newest = ask(newest, asked)
          coming.push(newest)
        }
        this.#progress = { peer, height, index, chunks }
        const chunk = await coming.shift()
        if (chunk === undefined) return 'stalled'
        const { code } = await application.applySnapshotChunk(index, chunk)
        if (this.#requests.stopped) return 'stopped'
        if (code === 'done') {
          log.info('has the state', { height })
          return 'done'
        }
        if (code !== 'accept') return code
      }
      return 'endless'
    } finally {
      // Nobody waits for them any more, and the next question must not get their answer.
      isOver = true
      this.#requests.forget()
      await newest
    }
  }

  async #chunk(
    peer: PeerId,
    { height }: SnapshotDescription,
    index: number,
    pace: Pace,
  ): Promise<Uint8Array | undefined> {
    let chunk: Uint8Array | undefined
    let offset = 0
    do {
      const request = { height, index, offset }
      const reply = await this.#requests.ask(peer, { kind: 'askPiece', body: request })
      if (reply?.kind !== 'piece' || !isPieceOf(reply.body, request)) return undefined
      const { chunkBytes, bytes } = reply.body
      // The first piece says how long the chunk is; the others must agree.
      chunk ??= new Uint8Array(chunkBytes)
      if (chunkBytes !== chunk.length || bytes.length === 0 || bytes.length > chunkBytes - offset) return undefined
      chunk.set(bytes, offset)
      offset += bytes.length
      pace.bytes += bytes.length
      if (this.#isTooSlow(pace)) return undefined
    } while (offset < chunk.length)
    return chunk
  }

  #isTooSlow({ startMs, bytes }: Pace): boolean {
    return this.#options.clock.monotonicMs() - startMs > SLOW_START_MS + bytes / MIN_BYTES_A_MS
  }
}

function isPieceOf(piece: PieceRequest & { chunkBytes: number }, request: PieceRequest): boolean {
  return (
    piece.height === request.height &&
    piece.index === request.index &&
    piece.offset === request.offset &&
    piece.chunkBytes > 0 &&
    piece.chunkBytes <= snapshotLimits.chunkBytes
  )
}
