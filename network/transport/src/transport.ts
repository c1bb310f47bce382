/** Lower-case hex of the node id: SHA-256 of the node's first identity key. */
export type PeerId = string

/**
 * What happens when a peer's queue is full:
 * - `agreement`: the link ends, so that a vote is never left out of a link that goes on; the peer catches up on the next;
 * - `gossip`: the frame is dropped (transactions come again by other ways);
 * - `bulk`: the frame is refused and the caller offers it later.
 * Agreement goes out first; gossip and bulk take turns.
 */
export type Priority = 'agreement' | 'gossip' | 'bulk'

export const priorities: readonly Priority[] = ['agreement', 'gossip', 'bulk']

/** Counters since the transport was made, over all links with the peer; bytes include frame headers, not TLS. */
export interface PeerStatus {
  readonly id: PeerId
  readonly connected: boolean
  readonly sentBytes: number
  readonly sentFrames: number
  readonly receivedBytes: number
  readonly receivedFrames: number
  /** Waiting here, and handed to the socket but not yet taken by the system. */
  readonly queuedBytes: number
  readonly queuedFrames: number
  /** Refused by `send` on a standing link because a queue was full. */
  readonly droppedFrames: number
}

export type PeerState = 'connected' | 'disconnected'

/** A promise keeps the frame counted against its sender's bound until it settles: that is the backpressure. */
export type FrameHandler = (peer: PeerId, frame: Uint8Array) => void | Promise<void>

/** `connected` means that the peer's key was checked on both sides. Then send what the peer must not miss: earlier frames may be lost. */
export type PeerHandler = (peer: PeerId, state: PeerState) => void

/**
 * Links to the known nodes, at most one a pair. Frames of one priority arrive whole, unaltered and in order while a link
 * lasts; what waits when it breaks is lost. Two links that meet (both dialled) become one without losing a frame, but
 * frames may overtake each other then. Made by `createTlsTransport` and, for tests, `MemoryNetwork`.
 */
export interface Transport {
  readonly self: PeerId
  /** Resolves when it listens; links come later, by `onPeer`. Rejects with the system's error, such as `EADDRINUSE`. */
  start(): Promise<void>
  /**
   * False when the peer is unknown or not connected, or its queue full (see `Priority`). The frame belongs to the transport
   * from here on: do not change its bytes. Throws `RangeError` on a frame above `frameBytes`.
   */
  send(peer: PeerId, frame: Uint8Array, priority: Priority): boolean
  /** Sorted by id. */
  peers(): PeerStatus[]
  /** Replaces the handler. `frame` may be a view of a larger buffer: copy what is kept for long. */
  onFrame(handler: FrameHandler): void
  /** Replaces the handler. */
  onPeer(handler: PeerHandler): void
  /** Ends links in order. Resolves when no socket or timer is left. */
  stop(): Promise<void>
}
