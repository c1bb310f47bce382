export interface HandshakeRates {
  /** Handshakes that may begin in a second. Default 200: each takes the processor for about a millisecond, and no answer goes out meanwhile. */
  readonly maxHandshakesPerSecond?: number
  /** Of these, those of one IPv4 address or one IPv6 /64 network. Default 50. */
  readonly maxHandshakesPerSecondPerClient?: number
}

const DEFAULTS = { maxHandshakesPerSecond: 200, maxHandshakesPerSecondPerClient: 50 } as const
/** What may begin at once after a rest: the share of so much time. */
const BURST_MS = 100

interface Client {
  /** When its share is whole again. */
  wholeAtMs: number
  readonly waiting: Set<() => void>
}

/**
 * When handshakes begin. Whoever is over the rate waits and is not turned away: secondaries with many zones come all at once. Clients have their
 * turns one after the other, so that a flood from one of them holds up itself. Memory is that of who waits, whom the caller bounds.
 */
export class HandshakePace {
  readonly #intervalMs: number
  readonly #intervalPerClientMs: number
  readonly #nowMs: () => number
  #wholeAtMs = 0
  /** In the order of their turns. */
  readonly #clients = new Map<string, Client>()
  #timer: NodeJS.Timeout | undefined

  constructor(rates: HandshakeRates, nowMs: () => number = () => performance.now()) {
    const { maxHandshakesPerSecond, maxHandshakesPerSecondPerClient } = { ...DEFAULTS, ...rates }
    this.#intervalMs = 1_000 / maxHandshakesPerSecond
    this.#intervalPerClientMs = 1_000 / maxHandshakesPerSecondPerClient
    this.#nowMs = nowMs
  }

  /** Clients that wait, or have used of their share. */
  get size(): number {
    return this.#clients.size
  }

  /** Calls `begin` at once, or when it is the client's turn. Gives what takes that back. */
  enter(name: string, begin: () => void): () => void {
    const client = this.#clients.get(name) ?? { wholeAtMs: 0, waiting: new Set() }
    this.#clients.set(name, client)
    client.waiting.add(begin)
    this.#run()
    return () => {
      client.waiting.delete(begin)
      // Another one of this name may have come since.
      const isDone = client.waiting.size === 0 && client.wholeAtMs <= this.#nowMs()
      if (isDone && this.#clients.get(name) === client) this.#clients.delete(name)
    }
  }

  #run(): void {
    const nowMs = this.#nowMs()
    let wakeAtMs = Number.POSITIVE_INFINITY
    // Who has had a turn goes behind the others, where this loop comes to it again.
    for (const [name, client] of this.#clients) {
      const allFreeAtMs = freeAtMs(this.#wholeAtMs, this.#intervalMs)
      if (allFreeAtMs > nowMs) {
        wakeAtMs = allFreeAtMs
        break
      }
      const [begin] = client.waiting
      const ownFreeAtMs = freeAtMs(client.wholeAtMs, this.#intervalPerClientMs)
      if (begin === undefined) {
        if (client.wholeAtMs <= nowMs) this.#clients.delete(name)
      } else if (ownFreeAtMs > nowMs) wakeAtMs = Math.min(wakeAtMs, ownFreeAtMs)
      else {
        this.#wholeAtMs = Math.max(this.#wholeAtMs, nowMs) + this.#intervalMs
        client.wholeAtMs = Math.max(client.wholeAtMs, nowMs) + this.#intervalPerClientMs
        client.waiting.delete(begin)
        this.#clients.delete(name)
        this.#clients.set(name, client)
        begin()
      }
    }
    clearTimeout(this.#timer)
    if (wakeAtMs < Number.POSITIVE_INFINITY)
      this.#timer = setTimeout(() => this.#run(), Math.ceil(wakeAtMs - nowMs)).unref()
  }
}

/** From when on one more may begin. */
function freeAtMs(wholeAtMs: number, intervalMs: number): number {
  return wholeAtMs + intervalMs - Math.max(BURST_MS, intervalMs)
}
