import { type Clock, channels, type Network, type PeerId } from '../interface/index.ts'
import { type FrameCodecs, frameOf, MAX_GOSSIP_BYTES, MAX_TRANSACTIONS_PER_FRAME } from './frames.ts'

/** Transactions that arrive within this time after a frame leave in one frame. */
const BATCH_MS = 2

/**
 * Spreads transactions of this node's own clients. Validators are linked each with each, so what came from a peer is not
 * passed on: nothing is echoed, and a transaction crosses each link once.
 */
export class Gossip {
  readonly #network: Network
  readonly #clock: Clock
  readonly #codecs: FrameCodecs
  #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #sentAtMs = Number.NEGATIVE_INFINITY
  #cancel: (() => void) | undefined

  constructor(network: Network, clock: Clock, codecs: FrameCodecs) {
    this.#network = network
    this.#clock = clock
    this.#codecs = codecs
  }

  /** A lone transaction leaves at once; under load they share frames. */
  add(transaction: Uint8Array): void {
    if (this.#waitingBytes + transaction.length > MAX_GOSSIP_BYTES) this.#flush()
    this.#waiting.push(transaction)
    this.#waitingBytes += transaction.length
    if (this.#waiting.length >= MAX_TRANSACTIONS_PER_FRAME) this.#flush()
    if (this.#waiting.length === 0 || this.#cancel !== undefined) return
    const waitMs = this.#sentAtMs + BATCH_MS - this.#clock.monotonicMs()
    if (waitMs <= 0) this.#flush()
    else this.#cancel = this.#clock.after(waitMs, () => this.#flush())
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.#waiting = []
    this.#waitingBytes = 0
  }

  #flush(): void {
    this.#cancel?.()
    this.#cancel = undefined
    if (this.#waiting.length === 0) return
    const frame = frameOf(channels.transactions, this.#codecs.transactions.encode(this.#waiting))
    this.#waiting = []
    this.#waitingBytes = 0
    this.#sentAtMs = this.#clock.monotonicMs()
    for (const peer of connectedPeers(this.#network)) this.#network.send(peer, frame, 'gossip')
  }
}

export function connectedPeers(network: Network): PeerId[] {
  return network
    .peers()
    .filter(({ connected }) => connected)
    .map(({ id }) => id)
}
