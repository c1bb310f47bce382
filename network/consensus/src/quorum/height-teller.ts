import { type Clock, channels, type Network, type PeerId } from '../interface/index.ts'
import { type FrameCodecs, frameOf } from './frames.ts'
import { connectedPeers } from './gossip.ts'

/** Last final height, the view of the one being decided, and the encoded certificate that proves the height. */
export interface OwnHeight {
  readonly height: number
  readonly view: number
  readonly certificate: Uint8Array | undefined
}

/** A peer that lags is told so at most this often. */
const TELL_MS = 100

/** Tells peers where this node is. */
export class HeightTeller {
  readonly #network: Network
  readonly #clock: Clock
  readonly #codecs: FrameCodecs
  readonly #own: () => OwnHeight
  readonly #toldAtMs = new Map<PeerId, number>()

  constructor(network: Network, clock: Clock, codecs: FrameCodecs, own: () => OwnHeight) {
    this.#network = network
    this.#clock = clock
    this.#codecs = codecs
    this.#own = own
  }

  tell(peer: PeerId): void {
    const bytes = this.#codecs.catchUp.encode({ kind: 'status', body: this.#own() })
    this.#network.send(peer, frameOf(channels.catchUp, bytes), 'agreement')
  }

  tellAll(): void {
    for (const peer of connectedPeers(this.#network)) this.tell(peer)
  }

  /** One that showed that it is behind; it may show it many times. */
  tellLaggard(peer: PeerId): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - (this.#toldAtMs.get(peer) ?? Number.NEGATIVE_INFINITY) < TELL_MS) return
    this.#toldAtMs.set(peer, nowMs)
    this.tell(peer)
  }
}
