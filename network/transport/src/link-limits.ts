import assert from 'node:assert/strict'

const KiB = 1024
const MiB = 1024 * KiB

export interface LinkLimits {
  /** Longest frame without its header. */
  readonly frameBytes: number
  /** Frames waiting for one peer, for each priority. */
  readonly queueBytes: number
  readonly queueFrames: number
  /** Handed to a socket and not yet taken by the system; what waits above it can still be overtaken. */
  readonly socketBytes: number
  /** Frames received from one peer whose handler has not settled: reading stops above either. */
  readonly inboundBytes: number
  readonly inboundFrames: number
  /** Rates of one peer; reading stops until they are met again. One second's worth may come at once. */
  readonly inboundBytesPerSecond: number
  readonly inboundFramesPerSecond: number
  /** From an accepted or dialled connection to a checked peer. */
  readonly handshakeMs: number
  /** Connections that are not yet a checked peer; the oldest gives way. */
  readonly pendingConnections: number
  /** A peer that sends nothing is asked after this time … */
  readonly pingAfterMs: number
  /** … and dropped after this. */
  readonly silenceMs: number
  /** A peer that takes nothing of what waits for this time is dropped. */
  readonly stallMs: number
  /** The node with the higher id leaves the dialling to the other for this time. */
  readonly dialGraceMs: number
  readonly redialMinMs: number
  readonly redialMaxMs: number
  /** A link that is ended gets this long to write what was handed to it. */
  readonly drainMs: number
}

export const defaultLinkLimits: LinkLimits = {
  frameBytes: 4 * MiB,
  queueBytes: 32 * MiB,
  queueFrames: 65_536,
  socketBytes: 256 * KiB,
  inboundBytes: 16 * MiB,
  inboundFrames: 16_384,
  inboundBytesPerSecond: 128 * MiB,
  inboundFramesPerSecond: 200_000,
  handshakeMs: 5_000,
  pendingConnections: 64,
  pingAfterMs: 3_000,
  silenceMs: 10_000,
  stallMs: 15_000,
  dialGraceMs: 250,
  redialMinMs: 100,
  redialMaxMs: 5_000,
  drainMs: 2_000,
}

/** Length of the header's length field: 24 bits. */
const frameBytesMax = 2 ** 24 - 1

/** Asserts how the limits stand to each other: a frame that is allowed must be able to pass. */
export function checkLinkLimits(limits: LinkLimits): LinkLimits {
  for (const [name, value] of Object.entries(limits)) assert(Number.isSafeInteger(value) && value > 0, name)
  assert(limits.frameBytes <= frameBytesMax, 'frameBytes fits the header')
  assert(limits.queueBytes >= limits.frameBytes, 'a queue holds a frame')
  assert(limits.inboundBytesPerSecond >= limits.frameBytes, 'a frame passes within a second')
  assert(limits.silenceMs > limits.pingAfterMs, 'a peer has time to answer')
  assert(limits.redialMaxMs >= limits.redialMinMs)
  return limits
}
