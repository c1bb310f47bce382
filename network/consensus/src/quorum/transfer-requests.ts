import { type Clock, channels, type Network, type PeerId } from '../interface/index.ts'
import { frameOf } from './frames.ts'
import { type TransferMessage, transferCodec } from './transfer-frames.ts'

const REPLY_TIMEOUT_MS = 3_000

/** Asks one peer at a time on the channel of state transfer. Only the answer that is waited for counts, from whom it was asked of. */
export class TransferRequests {
  readonly #network: Pick<Network, 'send'>
  readonly #clock: Pick<Clock, 'after'>
  #waiting: { readonly peer: PeerId; readonly answer: (message: TransferMessage | undefined) => void } | undefined
  #stopped = false

  constructor({ network, clock }: { network: Pick<Network, 'send'>; clock: Pick<Clock, 'after'> }) {
    this.#network = network
    this.#clock = clock
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** The answer; undefined when none came in time, the link broke, or all is stopped. */
  ask(peer: PeerId, message: TransferMessage): Promise<TransferMessage | undefined> {
    if (this.#stopped) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      const answer = (reply: TransferMessage | undefined): void => {
        cancel()
        this.#waiting = undefined
        resolve(reply)
      }
      const cancel = this.#clock.after(REPLY_TIMEOUT_MS, () => answer(undefined))
      this.#waiting = { peer, answer }
      const frame = frameOf(channels.stateTransfer, transferCodec.encode(message))
      if (!this.#network.send(peer, frame, 'agreement')) answer(undefined)
    })
  }

  onMessage(peer: PeerId, message: TransferMessage): void {
    if (this.#waiting?.peer === peer) this.#waiting.answer(message)
  }

  disconnected(peer: PeerId): void {
    if (this.#waiting?.peer === peer) this.#waiting.answer(undefined)
  }

  /** Waits for no answer any more. */
  forget(): void {
    this.#waiting?.answer(undefined)
  }

  stop(): void {
    this.#stopped = true
    this.forget()
  }
}
