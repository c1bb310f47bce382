import type { TLSSocket } from 'node:tls'
import { FrameDecoder } from './frame-decoder.ts'
import { encodeFrames, type FrameKind, frameKinds } from './frame-format.ts'
import { encodeHello, readHello } from './hello.ts'
import { InboundBudget } from './inbound-budget.ts'
import { type LinkEnd, LinkError } from './link-event.ts'
import type { LinkLimits } from './link-limits.ts'
import type { OutboundQueue } from './outbound-queue.ts'
import type { Priority } from './transport.ts'

export interface LinkCounters {
  sentBytes: number
  sentFrames: number
  receivedBytes: number
  receivedFrames: number
}

/** The peer that a link belongs to. Its queue outlives the link. */
export interface LinkOwner {
  readonly queue: OutboundQueue
  readonly counters: LinkCounters
  /** The other side's hello arrived: the link is established, and may be chosen to send. */
  linkEstablished(link: TlsLink, session: Uint8Array): void
  frameReceived(frame: Uint8Array): void | Promise<void>
  /** Nothing more is sent on this link. Once, with the first reason. */
  linkEnded(link: TlsLink, reason: LinkEnd, detail: string | undefined): void
}

export interface LinkOptions {
  /** After the handshake, the peer's certificate checked. */
  readonly socket: TLSSocket
  readonly owner: LinkOwner
  readonly dialledBy: 'self' | 'peer'
  readonly limits: LinkLimits
  readonly session: Uint8Array
  readonly context: Uint8Array
  /** The peer's hello came: the connection is no longer one of unknown standing. */
  readonly onEstablished: () => void
}

type LinkState = 'greeting' | 'established' | 'draining' | 'closed'

const empty = new Uint8Array()

/** One connection with a peer whose key was checked: frames in, frames out, bounds. */
export class TlsLink {
  readonly dialledBy: 'self' | 'peer'
  readonly address: string
  /** Resolves when the socket is gone. */
  readonly closed: Promise<void>
  readonly #socket: TLSSocket
  readonly #owner: LinkOwner
  readonly #limits: LinkLimits
  readonly #context: Uint8Array
  readonly #onEstablished: () => void
  readonly #decoder: FrameDecoder
  readonly #budget: InboundBudget
  #state: LinkState = 'greeting'
  #isGreeted = false
  #hasPeerSaidGoodbye = false
  #hasEnded = false
  #inFlightBytes = 0
  #isFlushPlanned = false
  #isVoteFlushPlanned = false
  #isReadingPaused = false
  #rateTimer: NodeJS.Timeout | undefined
  #drainTimer: NodeJS.Timeout | undefined
  // Counted in ticks, not by the clock: a process that was stopped for a minute must not blame its peers.
  #silentTicks = 0
  #stalledTicks = 0
  #isPingDue = false
  #isPongDue = false

  constructor(options: LinkOptions) {
    const { socket, limits } = options
    this.dialledBy = options.dialledBy
    this.address = `${socket.remoteAddress}:${socket.remotePort}`
    this.#socket = socket
    this.#owner = options.owner
    this.#limits = limits
    this.#context = options.context
    this.#onEstablished = options.onEstablished
    this.#decoder = new FrameDecoder(limits.frameBytes)
    this.#budget = new InboundBudget(limits, performance.now())
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()))
    let failure: string | undefined
    socket.on('error', (error) => {
      failure = error.message
    })
    socket.once('end', () => this.drain('closed', failure))
    socket.once('close', () => this.#close('closed', failure))
    socket.on('data', (chunk) => this.#receive(chunk))
    this.#write(encodeFrames(frameKinds.hello, [encodeHello(options)]))
  }

  get inFlightBytes(): number {
    return this.#inFlightBytes
  }

  /** A frame was queued. Votes go out when the running callback ends, the rest with all that this turn of the event loop brings. */
  wake(priority: Priority): void {
    if (priority === 'agreement') {
      if (this.#isVoteFlushPlanned) return
      this.#isVoteFlushPlanned = true
      process.nextTick(() => {
        this.#isVoteFlushPlanned = false
        this.#flush()
      })
    } else if (!this.#isFlushPlanned) {
      this.#isFlushPlanned = true
      setImmediate(() => {
        this.#isFlushPlanned = false
        this.#flush()
      })
    }
  }

  /** Called every `tickMs` by the transport. */
  tick(tickMs: number): void {
    if (this.#state === 'closed') return
    this.#silentTicks = this.#isReadingPaused ? 0 : this.#silentTicks + 1
    this.#stalledTicks = this.#inFlightBytes === 0 ? 0 : this.#stalledTicks + 1
    if (this.#stalledTicks * tickMs >= this.#limits.stallMs) this.destroy('peer-stalled')
    else if (this.#silentTicks * tickMs >= this.#limits.silenceMs) this.destroy('peer-silent')
    else if (this.#state === 'established' && this.#silentTicks === Math.ceil(this.#limits.pingAfterMs / tickMs))
      this.probe()
  }

  /** Asks for a sign of life. */
  probe(): void {
    this.#isPingDue = true
    this.#flush()
  }

  /** Sends what fits in the socket and no more, takes what is under way, then closes. */
  drain(reason: LinkEnd, detail?: string): void {
    // Frames are no longer handed on, so nothing holds them up: read to the end.
    if (reason === 'stopped') this.#socket.resume()
    if (this.#state === 'closed') return
    this.#flush()
    this.#fadeOut(reason, detail)
    this.#socket.end()
  }

  /**
   * The pair's other link takes over: says goodbye, and closes when the peer said it too. Were the first to know to close at
   * once, its peer could see this link end before it sees the other one begin.
   */
  retire(): void {
    if (this.#state === 'closed') return
    this.#write(encodeFrames(frameKinds.goodbye, [empty]))
    this.#fadeOut('superseded', undefined)
    if (this.#hasPeerSaidGoodbye) this.#socket.end()
  }

  destroy(reason: LinkEnd, detail?: string): void {
    this.#close(reason, detail)
    this.#socket.destroy()
  }

  #fadeOut(reason: LinkEnd, detail: string | undefined): void {
    this.#state = 'draining'
    this.#drainTimer ??= setTimeout(() => this.#socket.destroy(), this.#limits.drainMs)
    this.#end(reason, detail)
  }

  #close(reason: LinkEnd, detail: string | undefined): void {
    this.#state = 'closed'
    clearTimeout(this.#rateTimer)
    clearTimeout(this.#drainTimer)
    this.#end(reason, detail)
  }

  #end(reason: LinkEnd, detail: string | undefined): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#owner.linkEnded(this, reason, detail)
  }

  #receive(chunk: Buffer): void {
    this.#silentTicks = 0
    this.#owner.counters.receivedBytes += chunk.length
    try {
      this.#decoder.push(chunk, (kind, payload) => this.#handle(kind, payload))
    } catch (error) {
      if (!(error instanceof LinkError)) throw error
      this.destroy(error.reason, error.message)
      return
    }
    this.#adjustReading()
  }

  #handle(kind: FrameKind, payload: Uint8Array): void {
    if (this.#state === 'closed') return
    if (!this.#isGreeted) {
      if (kind !== frameKinds.hello) throw new LinkError('frame-malformed', 'a frame before hello')
      const session = readHello(payload, this.#context)
      this.#isGreeted = true
      this.#onEstablished()
      if (this.#state !== 'greeting') return
      this.#state = 'established'
      this.#owner.linkEstablished(this, session)
      return
    }
    this.#budget.spend(payload.length)
    if (kind === frameKinds.data) this.#deliver(payload)
    else if (kind === frameKinds.ping) {
      this.#isPongDue = true
      this.#flush()
    } else if (kind === frameKinds.goodbye) {
      this.#hasPeerSaidGoodbye = true
      if (this.#state === 'draining') this.#socket.end()
    } else if (kind === frameKinds.hello) throw new LinkError('frame-malformed', 'a second hello')
  }

  #deliver(frame: Uint8Array): void {
    this.#owner.counters.receivedFrames += 1
    const handled = this.#owner.frameReceived(frame)
    if (handled === undefined) return
    this.#budget.hold(frame.length)
    // A handler that rejects has a bug: the rejection stays unhandled and stops the process, as a throw would.
    void handled.then(() => {
      this.#budget.release(frame.length)
      if (this.#isReadingPaused && this.#budget.hasRoom()) this.#adjustReading()
    })
  }

  #adjustReading(): void {
    if (this.#state === 'closed') return
    const waitMs = this.#budget.waitMs(performance.now())
    const isOverBudget = this.#budget.isFull() || waitMs > 0
    if (waitMs > 0 && this.#rateTimer === undefined) {
      this.#rateTimer = setTimeout(() => {
        this.#rateTimer = undefined
        this.#adjustReading()
      }, waitMs)
    }
    if (isOverBudget === this.#isReadingPaused) return
    this.#isReadingPaused = isOverBudget
    if (isOverBudget) this.#socket.pause()
    else this.#socket.resume()
  }

  #flush(): void {
    if (this.#state !== 'established') return
    if (this.#isPingDue) this.#write(encodeFrames(frameKinds.ping, [empty]))
    this.#isPingDue = false
    // Whatever is under way is as good an answer as a pong, and pongs must not heap up before a peer that reads nothing.
    if (this.#isPongDue && this.#inFlightBytes === 0) this.#write(encodeFrames(frameKinds.pong, [empty]))
    this.#isPongDue = false
    const room = this.#limits.socketBytes - this.#inFlightBytes
    if (room <= 0) return
    const frames = this.#owner.queue.take(room)
    if (frames.length === 0) return
    this.#owner.counters.sentFrames += frames.length
    this.#write(encodeFrames(frameKinds.data, frames))
  }

  #write(chunks: readonly Uint8Array[]): void {
    if (chunks.length > 1) this.#socket.cork()
    for (const chunk of chunks) {
      this.#inFlightBytes += chunk.length
      this.#owner.counters.sentBytes += chunk.length
      this.#socket.write(chunk, (error) => {
        this.#inFlightBytes -= chunk.length
        this.#stalledTicks = 0
        if (!error) this.#flush()
      })
    }
    if (chunks.length > 1) this.#socket.uncork()
  }
}
