import type { FramePriority, Network, PeerId } from '@cresset/network-consensus/interface'
import type { Forger } from './byzantine.ts'
import type { Random } from './random.ts'
import type { Schedule } from './schedule.ts'
import type { Trace } from './trace.ts'

/** How bad the network is at the moment; shares are of 1,000 frames. */
export interface Weather {
  readonly minDelayMs: number
  readonly maxDelayMs: number
  readonly dropPerMille: number
  readonly duplicatePerMille: number
  /** Frames that take much longer, and so arrive after later ones. */
  readonly slowPerMille: number
  readonly slowMs: number
}

export const fairWeather: Weather = {
  minDelayMs: 1,
  maxDelayMs: 6,
  dropPerMille: 0,
  duplicatePerMille: 0,
  slowPerMille: 0,
  slowMs: 0,
}

interface Attachment {
  readonly frame: (peer: PeerId, frame: Uint8Array) => void
  readonly peer: (peer: PeerId, state: 'connected' | 'disconnected') => void
}

/** Marks the second instance of a node: it has the node's identity and an address of its own. */
export const TWIN = '+'

function identityOf(address: string): PeerId {
  return address.endsWith(TWIN) ? address.slice(0, -TWIN.length) : address
}

/**
 * Links between all nodes. A link that a partition cuts is noticed by both ends only after a while. Two instances of one
 * node share its identity: what is sent to it reaches both, and nobody can tell which of them sent something.
 */
export class SimulatedNetwork {
  readonly #schedule: Schedule
  readonly #random: Random
  readonly #trace: Trace
  readonly #attached = new Map<PeerId, Attachment>()
  /** Pairs `from>to` through which nothing passes. */
  readonly #cut = new Set<string>()
  readonly #linked = new Set<string>()
  /** What `peers` said, until a link or a node comes or goes. */
  readonly #peers = new Map<PeerId, { id: PeerId; connected: boolean }[]>()
  weather: Weather = fairWeather
  /** Sees every frame that a node sends, before anything is done to it. */
  watch: (from: PeerId, to: PeerId, frame: Uint8Array) => void = () => {}
  /** Whether a frame passes between two addresses, besides what is cut. */
  passes: (from: string, to: string, frame: Uint8Array) => boolean = () => true
  /** The same, for a while; healing ends them all. */
  readonly filters = new Set<(from: string, to: string, frame: Uint8Array) => boolean>()
  /** What Byzantine nodes make of their frames. */
  readonly forgers = new Map<PeerId, Forger>()
  frames = 0

  constructor(schedule: Schedule, random: Random, trace: Trace) {
    this.#schedule = schedule
    this.#random = random
    this.#trace = trace
  }

  attach(id: PeerId, attachment: Attachment): void {
    this.#peers.clear()
    this.#attached.set(id, attachment)
    for (const other of this.#attached.keys()) if (other !== id) this.#relink(id, other)
  }

  detach(id: PeerId): void {
    this.#peers.clear()
    this.#attached.delete(id)
    for (const other of this.#attached.keys()) this.#relink(id, other)
  }

  /** Nothing passes from `from` to `to` any more. */
  cut(from: PeerId, to: PeerId): void {
    this.#cut.add(`${from}>${to}`)
    this.#schedule.after(this.#random.between(20, 1_500), 'link lost', () => this.#relink(from, to))
  }

  healAll(): void {
    this.#cut.clear()
    this.filters.clear()
    const ids = [...this.#attached.keys()]
    for (const [index, one] of ids.entries()) for (const other of ids.slice(index + 1)) this.#relink(one, other)
  }

  peers(id: PeerId): readonly { id: PeerId; connected: boolean }[] {
    const known = this.#peers.get(id)
    if (known !== undefined) return known
    const self = identityOf(id)
    const others = new Map<PeerId, boolean>()
    for (const address of this.#attached.keys()) {
      const other = identityOf(address)
      if (other !== self) others.set(other, others.get(other) === true || this.#linked.has(pairOf(id, address)))
    }
    const peers = [...others.keys()].sort().map((other) => ({ id: other, connected: others.get(other) === true }))
    this.#peers.set(id, peers)
    return peers
  }

  #passes(from: string, to: string, frame: Uint8Array): boolean {
    for (const filter of this.filters) if (!filter(from, to, frame)) return false
    return this.passes(from, to, frame)
  }

  #addressesOf(id: PeerId): string[] {
    return [id, `${id}${TWIN}`].filter((address) => this.#attached.has(address))
  }

  send(from: PeerId, to: PeerId, frame: Uint8Array): boolean {
    const addresses = this.#addressesOf(to).filter((address) => this.#linked.has(pairOf(from, address)))
    if (addresses.length === 0) return false
    this.watch(from, to, frame)
    const forged = this.forgers.get(from)?.forge(to, frame) ?? [frame]
    for (const address of addresses) for (const one of forged) this.#carry(from, address, one)
    return true
  }

  /** What a traitor says of its own accord, to one or to all who have a link to it. */
  #volunteer(from: string, only: string | undefined, frames: readonly Uint8Array[]): void {
    for (const to of this.#attached.keys()) {
      if (!this.#linked.has(pairOf(from, to)) || (only !== undefined && only !== to)) continue
      for (const frame of frames) this.#carry(from, to, frame)
    }
  }

  #carry(from: PeerId, to: PeerId, frame: Uint8Array): void {
    const { weather } = this
    this.frames++
    if (this.#random.chance(weather.dropPerMille, 1_000)) return
    const copies = this.#random.chance(weather.duplicatePerMille, 1_000) ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      let delayMs = this.#random.between(weather.minDelayMs, weather.maxDelayMs)
      if (this.#random.chance(weather.slowPerMille, 1_000)) delayMs += this.#random.between(1, weather.slowMs)
      this.#schedule.after(delayMs, 'frame', () => {
        if (this.#cut.has(`${from}>${to}`) || !this.#passes(from, to, frame)) return
        this.#trace.note('frame', from, to, frame)
        const forger = this.forgers.get(to)
        const answers = forger?.hear(frame)
        this.#attached.get(to)?.frame(identityOf(from), frame)
        if (forger !== undefined && answers !== undefined && answers.length > 0) {
          this.#volunteer(to, forger.answers === 'all' ? undefined : from, answers)
        }
      })
    }
  }

  /** Brings the link of two nodes to what it should be, and tells both. */
  #relink(one: PeerId, other: PeerId): void {
    const pair = pairOf(one, other)
    if (identityOf(one) === identityOf(other)) return
    const both = this.#attached.has(one) && this.#attached.has(other)
    const open = both && !this.#cut.has(`${one}>${other}`) && !this.#cut.has(`${other}>${one}`)
    if (open === this.#linked.has(pair)) return
    this.#peers.clear()
    if (open) this.#linked.add(pair)
    else this.#linked.delete(pair)
    const state = open ? 'connected' : 'disconnected'
    for (const [self, peer] of [
      [one, other],
      [other, one],
    ] as const) {
      this.#schedule.after(1, state, () => {
        if (this.#linked.has(pair) !== open) return
        // The other instance of the peer may still be there.
        const identity = identityOf(peer)
        const others = this.#addressesOf(identity).filter((address) => address !== peer)
        if (!open && others.some((address) => this.#linked.has(pairOf(self, address)))) return
        this.#attached.get(self)?.peer(identity, state)
      })
    }
  }
}

function pairOf(one: PeerId, other: PeerId): string {
  return one < other ? `${one}|${other}` : `${other}|${one}`
}

/** One process' end of the network. */
export class Port implements Network {
  readonly self: PeerId
  readonly #network: SimulatedNetwork
  readonly #alive: () => boolean
  readonly #effect: (name: string) => void
  #frame: (peer: PeerId, frame: Uint8Array) => void = () => {}
  #peer: (peer: PeerId, state: 'connected' | 'disconnected') => void = () => {}

  constructor(self: PeerId, network: SimulatedNetwork, alive: () => boolean, effect: (name: string) => void) {
    this.self = self
    this.#network = network
    this.#alive = alive
    this.#effect = effect
  }

  open(): void {
    this.#network.attach(this.self, {
      frame: (peer, frame) => this.#alive() && this.#frame(peer, frame),
      peer: (peer, state) => this.#alive() && this.#peer(peer, state),
    })
  }

  peers(): readonly { id: PeerId; connected: boolean }[] {
    return this.#network.peers(this.self)
  }

  send(peer: PeerId, frame: Uint8Array, _priority: FramePriority): boolean {
    if (!this.#alive()) return false
    const sent = this.#network.send(this.self, peer, frame)
    this.#effect('send')
    return sent
  }

  onFrame(handler: (peer: PeerId, frame: Uint8Array) => void): void {
    this.#frame = handler
  }

  onPeer(handler: (peer: PeerId, state: 'connected' | 'disconnected') => void): void {
    this.#peer = handler
  }
}
