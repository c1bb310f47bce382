import { checkLinkLimits, defaultLinkLimits, type LinkLimits } from './link-limits.ts'
import { OutboundQueue } from './outbound-queue.ts'
import type { FrameHandler, PeerHandler, PeerId, PeerStatus, Priority, Transport } from './transport.ts'

/** Links in one process, with the bounds and manners of the real ones: no clock, no socket. For tests. */
export class MemoryNetwork {
  readonly limits: LinkLimits
  readonly #running = new Map<PeerId, MemoryTransport>()
  readonly #cuts = new Set<string>()

  constructor(limits: Partial<LinkLimits> = {}) {
    this.limits = checkLinkLimits({ ...defaultLinkLimits, ...limits })
  }

  /** A node that knows `peers`. Links stand between nodes that run and know each other. */
  transport(self: PeerId, peers: readonly PeerId[]): MemoryTransport {
    return new MemoryTransport(this, self, peers)
  }

  /** Breaks the link of a pair until `mend`. */
  cut(left: PeerId, right: PeerId): void {
    this.#cuts.add(pairOf(left, right))
    this.#running.get(left)?.unlink(right)
    this.#running.get(right)?.unlink(left)
  }

  mend(left: PeerId, right: PeerId): void {
    this.#cuts.delete(pairOf(left, right))
    this.#join(left, right)
  }

  /** Ends the link of a pair, which then stands anew unless it was cut: what a real link does when votes overflow it. */
  relink(left: PeerId, right: PeerId): void {
    this.#running.get(left)?.unlink(right)
    this.#running.get(right)?.unlink(left)
    setImmediate(() => this.#join(left, right))
  }

  started(transport: MemoryTransport): void {
    this.#running.set(transport.self, transport)
    for (const id of this.#running.keys()) if (id !== transport.self) this.#join(transport.self, id)
  }

  stopped(transport: MemoryTransport): void {
    this.#running.delete(transport.self)
    for (const other of this.#running.values()) other.unlink(transport.self)
  }

  #join(left: PeerId, right: PeerId): void {
    const [one, other] = [this.#running.get(left), this.#running.get(right)]
    if (one === undefined || other === undefined || this.#cuts.has(pairOf(left, right))) return
    if (!one.knows(right) || !other.knows(left)) return
    one.link(other)
    other.link(one)
  }
}

interface MemoryPeer {
  readonly id: PeerId
  readonly queue: OutboundQueue
  /** Set while linked; a new object for each link, so that what an old one still carries is lost with it. */
  link: { readonly to: MemoryTransport; unhandledBytes: number; unhandledFrames: number } | undefined
  isPumpPlanned: boolean
  sentBytes: number
  sentFrames: number
  receivedBytes: number
  receivedFrames: number
  droppedFrames: number
}

export class MemoryTransport implements Transport {
  readonly self: PeerId
  readonly #network: MemoryNetwork
  readonly #peers = new Map<PeerId, MemoryPeer>()
  #onFrame: FrameHandler = () => undefined
  #onPeer: PeerHandler = () => undefined

  constructor(network: MemoryNetwork, self: PeerId, peers: readonly PeerId[]) {
    this.self = self
    this.#network = network
    for (const id of peers) {
      if (id === self) continue
      const counters = { sentBytes: 0, sentFrames: 0, receivedBytes: 0, receivedFrames: 0, droppedFrames: 0 }
      const queue = new OutboundQueue(network.limits)
      this.#peers.set(id, { id, queue, link: undefined, isPumpPlanned: false, ...counters })
    }
  }

  start(): Promise<void> {
    this.#network.started(this)
    return Promise.resolve()
  }

  stop(): Promise<void> {
    this.#network.stopped(this)
    for (const id of this.#peers.keys()) this.unlink(id)
    return Promise.resolve()
  }

  send(id: PeerId, frame: Uint8Array, priority: Priority): boolean {
    if (frame.length > this.#network.limits.frameBytes) throw new RangeError(`a frame of ${frame.length} bytes`)
    const peer = this.#peers.get(id)
    if (peer?.link === undefined) return false
    if (peer.queue.push(frame, priority)) {
      this.#planPump(peer)
      return true
    }
    peer.droppedFrames += 1
    if (priority === 'agreement') queueMicrotask(() => this.#network.relink(this.self, id))
    return false
  }

  peers(): PeerStatus[] {
    const statuses = Array.from(this.#peers.values(), ({ id, queue, link, ...peer }) => ({
      id,
      connected: link !== undefined,
      sentBytes: peer.sentBytes,
      sentFrames: peer.sentFrames,
      receivedBytes: peer.receivedBytes,
      receivedFrames: peer.receivedFrames,
      queuedBytes: queue.bytes,
      queuedFrames: queue.frames,
      droppedFrames: peer.droppedFrames,
    }))
    return statuses.sort((left, right) => (left.id < right.id ? -1 : 1))
  }

  onFrame(handler: FrameHandler): void {
    this.#onFrame = handler
  }

  onPeer(handler: PeerHandler): void {
    this.#onPeer = handler
  }

  knows(id: PeerId): boolean {
    return this.#peers.has(id)
  }

  link(other: MemoryTransport): void {
    const peer = this.#peers.get(other.self)
    if (peer === undefined || peer.link !== undefined) return
    const link = { to: other, unhandledBytes: 0, unhandledFrames: 0 }
    peer.link = link
    setImmediate(() => {
      if (peer.link === link) this.#onPeer(other.self, 'connected')
    })
  }

  unlink(id: PeerId): void {
    const peer = this.#peers.get(id)
    if (peer?.link === undefined) return
    peer.link = undefined
    peer.queue.clear()
    this.#onPeer(id, 'disconnected')
  }

  /** A frame from `from`; the promise settles when it is handled. */
  deliver(from: PeerId, frame: Uint8Array): void | Promise<void> {
    const peer = this.#peers.get(from)
    if (peer?.link === undefined) return
    peer.receivedBytes += frame.length
    peer.receivedFrames += 1
    return this.#onFrame(from, frame)
  }

  #planPump(peer: MemoryPeer): void {
    if (peer.isPumpPlanned) return
    peer.isPumpPlanned = true
    setImmediate(() => {
      peer.isPumpPlanned = false
      this.#pump(peer)
    })
  }

  #pump(peer: MemoryPeer): void {
    const { inboundBytes, inboundFrames } = this.#network.limits
    const link = peer.link
    while (link !== undefined && link === peer.link) {
      if (link.unhandledBytes > inboundBytes || link.unhandledFrames > inboundFrames) return
      const frame = peer.queue.shift()
      if (frame === undefined) return
      peer.sentBytes += frame.length
      peer.sentFrames += 1
      const handled = link.to.deliver(this.self, frame)
      if (handled === undefined) continue
      link.unhandledBytes += frame.length
      link.unhandledFrames += 1
      void handled.then(() => {
        link.unhandledBytes -= frame.length
        link.unhandledFrames -= 1
        this.#planPump(peer)
      })
    }
  }
}

function pairOf(left: PeerId, right: PeerId): string {
  return [left, right].sort().join(' ')
}
