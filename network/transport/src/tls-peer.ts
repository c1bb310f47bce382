import { equalBytes } from '@cresset/core-codec'
import type { LinkEnd, LinkEvent } from './link-event.ts'
import type { LinkLimits } from './link-limits.ts'
import { OutboundQueue } from './outbound-queue.ts'
import type { LinkCounters, LinkOwner, TlsLink } from './tls-link.ts'
import type { PeerId, PeerState, PeerStatus, Priority } from './transport.ts'

export interface PeerAddress {
  readonly id: PeerId
  readonly host: string
  readonly port: number
  /** False for a node that only dials, such as one behind another network's gateway. Default true. */
  readonly isDialled?: boolean
  /** SHA-256 of the DER of the peer's registered TLS certificate, lower-case hex. */
  readonly certificateFingerprint: string
}

/** A connection being made. It is over when its link is established or ended, or `dialFailed` told that there will be none. */
export interface DialAttempt {
  link: TlsLink | undefined
  /** Before there is a link. One that has greeted may already stand at the other side, so it ends as a link does. */
  giveUp(): void
}

export interface PeerSurroundings {
  readonly self: PeerId
  readonly limits: LinkLimits
  connect(peer: TlsPeer): DialAttempt
  frameReceived(peer: PeerId, frame: Uint8Array): void | Promise<void>
  stateChanged(peer: PeerId, state: PeerState): void
  report(event: LinkEvent): void
}

/**
 * A known node: its queue, its one link, and when to dial it. Both sides dial, the lower id at once, the higher after a
 * grace. When two links meet, the one that the lower id dialled stays; of two by the same dialler, the newer, because
 * nobody dials who believes the old one alive.
 */
export class TlsPeer implements LinkOwner {
  readonly id: PeerId
  readonly queue: OutboundQueue
  readonly counters: LinkCounters = { sentBytes: 0, sentFrames: 0, receivedBytes: 0, receivedFrames: 0 }
  address: PeerAddress
  readonly #surroundings: PeerSurroundings
  #link: TlsLink | undefined
  #session: Uint8Array = new Uint8Array()
  #establishedAtMs = 0
  #droppedFrames = 0
  #failedDials = 0
  #shortLinks = 0
  #dialTimer: NodeJS.Timeout | undefined
  #attempt: DialAttempt | undefined
  #isActive = false

  constructor(address: PeerAddress, surroundings: PeerSurroundings) {
    this.id = address.id
    this.address = address
    this.#surroundings = surroundings
    this.queue = new OutboundQueue(surroundings.limits)
  }

  start(): void {
    this.#isActive = true
    this.#planDial(0)
  }

  /**
   * The same node, perhaps elsewhere. A link that stands goes on until the one to the new place takes over; nothing is lost when
   * that does not answer.
   */
  moveTo(address: PeerAddress): void {
    const before = this.address
    this.address = address
    const isSame = before.host === address.host && before.port === address.port
    if ((isSame && before.isDialled === address.isDialled) || !this.#isActive) return
    // A dial that was planned would go to a place that nobody is to be dialled at any more.
    clearTimeout(this.#dialTimer)
    this.#giveUpDial()
    this.#failedDials = 0
    if (this.#link === undefined) this.#planDial(0)
    else if (this.#link.dialledBy === 'self' && address.isDialled !== false) {
      this.#attempt = this.#surroundings.connect(this)
    }
  }

  /** No dialling any more; a link that stands is ended by the transport. */
  stop(): void {
    this.#isActive = false
    clearTimeout(this.#dialTimer)
    this.#giveUpDial()
  }

  /** As `stop`, and what the peer sends from now on is not read. */
  remove(): void {
    this.stop()
    this.#link?.destroy('peer-removed')
  }

  send(frame: Uint8Array, priority: Priority): boolean {
    const link = this.#link
    if (link === undefined) return false
    if (this.queue.push(frame, priority)) {
      link.wake(priority)
      return true
    }
    this.#droppedFrames += 1
    this.#surroundings.report({ kind: 'dropped', peer: this.id, priority, frameBytes: frame.length })
    // Not before the caller is done: it would hear `disconnected` from inside its own call.
    if (priority === 'agreement') queueMicrotask(() => link.destroy('queue-overflow'))
    return false
  }

  tick(tickMs: number): void {
    this.#link?.tick(tickMs)
  }

  status(): PeerStatus {
    return {
      id: this.id,
      connected: this.#link !== undefined,
      ...this.counters,
      queuedBytes: this.queue.bytes + (this.#link?.inFlightBytes ?? 0),
      queuedFrames: this.queue.frames,
      droppedFrames: this.#droppedFrames,
    }
  }

  linkEstablished(link: TlsLink, session: Uint8Array): void {
    this.#forgetAttempt(link)
    const current = this.#link
    if (!this.#isActive) {
      link.drain('stopped')
      return
    }
    if (current !== undefined && this.#isByLower(current) && !this.#isByLower(link)) {
      link.retire()
      // The peer would not have dialled had it known of this link: make sure that it still lives.
      current.probe()
      return
    }
    const isSameRun = current !== undefined && equalBytes(this.#session, session)
    if (current !== undefined && !isSameRun) this.#disconnect()
    this.#link = link
    this.#session = session
    this.#establishedAtMs = performance.now()
    current?.retire()
    this.#failedDials = 0
    clearTimeout(this.#dialTimer)
    if (!this.#isLower()) this.#giveUpDial()
    const { id } = this
    this.#surroundings.report({ kind: 'established', peer: id, address: link.address, dialledBy: link.dialledBy })
    if (!isSameRun) this.#surroundings.stateChanged(id, 'connected')
    link.wake('agreement')
  }

  frameReceived(frame: Uint8Array): void | Promise<void> {
    return this.#surroundings.frameReceived(this.id, frame)
  }

  linkEnded(link: TlsLink, reason: LinkEnd, detail: string | undefined): void {
    const event = { kind: 'ended', peer: this.id, address: link.address, reason } as const
    this.#surroundings.report(detail === undefined ? event : { ...event, detail })
    this.#forgetAttempt(link)
    if (link === this.#link) {
      // A link that falls again and again is dialled ever more slowly.
      const hasLasted = performance.now() - this.#establishedAtMs > this.#surroundings.limits.redialMaxMs
      this.#shortLinks = hasLasted ? 0 : this.#shortLinks + 1
      this.#disconnect()
    }
    if (this.#link === undefined) this.#planRedial()
  }

  /** The connection of `connect` failed before there was a link. */
  dialFailed(attempt: DialAttempt): void {
    if (this.#attempt !== attempt) return
    this.#attempt = undefined
    if (this.#link === undefined) this.#planRedial()
  }

  #disconnect(): void {
    this.#link = undefined
    this.queue.clear()
    this.#surroundings.stateChanged(this.id, 'disconnected')
  }

  #planRedial(): void {
    const { redialMinMs, redialMaxMs } = this.#surroundings.limits
    const doublings = Math.min(this.#failedDials + this.#shortLinks, 16)
    const delayMs = Math.min(redialMaxMs, redialMinMs * 2 ** doublings)
    this.#failedDials += 1
    // Jitter: nodes that lost each other at once do not all come back at once.
    this.#planDial(delayMs * (0.5 + Math.random() / 2))
  }

  #planDial(delayMs: number): void {
    if (!this.#isActive || this.#attempt !== undefined || this.address.isDialled === false) return
    clearTimeout(this.#dialTimer)
    const graceMs = this.#isLower() ? 0 : this.#surroundings.limits.dialGraceMs
    this.#dialTimer = setTimeout(() => this.#dial(), delayMs + graceMs)
  }

  #dial(): void {
    if (this.#link === undefined && this.#attempt === undefined) this.#attempt = this.#surroundings.connect(this)
  }

  #giveUpDial(): void {
    const attempt = this.#attempt
    this.#attempt = undefined
    attempt?.giveUp()
  }

  #forgetAttempt(link: TlsLink): void {
    if (this.#attempt?.link === link) this.#attempt = undefined
  }

  #isLower(): boolean {
    return this.#surroundings.self < this.id
  }

  #isByLower(link: TlsLink): boolean {
    return (link.dialledBy === 'self') === this.#isLower()
  }
}
