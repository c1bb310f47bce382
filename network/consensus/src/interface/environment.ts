/** Time for a driver; `step` never sees one. */
export interface Clock {
  /** Wall clock, integer milliseconds since 1970. */
  nowMs(): number
  /** Never steps back; only differences mean anything. Fractions of a millisecond are allowed. */
  monotonicMs(): number
  /** How long this thread has worked, what it waited left out; only differences mean anything. 0 where work takes no time. */
  busyMs(): number
  /** Calls `run` once after `delayMs`, unless the returned function was called before. */
  after(delayMs: number, run: () => void): () => void
}

/** Node id in lower-case hex. */
export type PeerId = string

/** What goes first on a link, and what happens when its queue is full; see network/transport. */
export type FramePriority = 'agreement' | 'gossip' | 'bulk'

/** Authenticated links to other nodes; network/transport has this shape. A frame is whole or absent; its first byte is its channel. */
export interface Network {
  readonly self: PeerId
  peers(): readonly { readonly id: PeerId; readonly connected: boolean }[]
  /** False when there is no link or its queue is full: the frame is lost. */
  send(peer: PeerId, frame: Uint8Array, priority: FramePriority): boolean
  /** One handler. `peer` is who the link belongs to, not who signed what is inside. The frame is copied if kept. */
  onFrame(handler: (peer: PeerId, frame: Uint8Array) => void): void
  /** Told at every link that comes or goes. One handler. */
  onPeer(handler: (peer: PeerId, state: 'connected' | 'disconnected') => void): void
}

/** First byte of a frame. */
export const channels = { agreement: 1, transactions: 2, catchUp: 3, stateTransfer: 4 } as const

/** An append-only file of a validator's votes. What `append` acknowledged survives a power cut. */
export interface VoteRecord {
  /** All records found at opening and appended since, oldest first. */
  read(): readonly Uint8Array[]
  /** Resolves when the record is durable. Calls are in order. */
  append(record: Uint8Array): Promise<void>
  /** Replaces everything by these records, at once; resolves when durable. */
  compact(records: readonly Uint8Array[]): Promise<void>
}

/** Where an engine tells what happened; the node gives its logger. */
export interface EngineLog {
  info(event: string, details?: Readonly<Record<string, unknown>>): void
  warn(event: string, details?: Readonly<Record<string, unknown>>): void
}
