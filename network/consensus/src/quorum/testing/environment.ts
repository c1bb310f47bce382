import type { Clock, Network, PeerId } from '../../interface/index.ts'

/** Time that moves when a test says so. */
export class ManualClock implements Clock {
  #nowMs = 0
  /** Whether its thread works all the time, or never. */
  isBusy = false
  readonly #waiting: { atMs: number; run: () => void }[] = []

  nowMs(): number {
    return this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  busyMs(): number {
    return this.isBusy ? this.#nowMs : 0
  }

  after(delayMs: number, run: () => void): () => void {
    const entry = { atMs: this.#nowMs + delayMs, run }
    this.#waiting.push(entry)
    return () => {
      const index = this.#waiting.indexOf(entry)
      if (index >= 0) this.#waiting.splice(index, 1)
    }
  }

  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs
    for (;;) {
      const next = [...this.#waiting].sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined || next.atMs > untilMs) break
      this.#waiting.splice(this.#waiting.indexOf(next), 1)
      this.#nowMs = next.atMs
      next.run()
    }
    this.#nowMs = untilMs
  }
}

/** Keeps what is sent; all named peers are connected. */
export class RecordingNetwork implements Network {
  readonly self: PeerId = 'self'
  readonly sent: { peer: PeerId; frame: Uint8Array }[] = []
  readonly #peers: readonly PeerId[]

  constructor(peers: readonly PeerId[]) {
    this.#peers = peers
  }

  peers(): { id: PeerId; connected: boolean }[] {
    return this.#peers.map((id) => ({ id, connected: true }))
  }

  send(peer: PeerId, frame: Uint8Array): boolean {
    this.sent.push({ peer, frame })
    return true
  }

  onFrame(): void {}

  onPeer(): void {}

  takeSent(): { peer: PeerId; frame: Uint8Array }[] {
    return this.sent.splice(0)
  }
}
