import type { MessageCodecs } from './messages.ts'

/** Waiting times of agreement; none of them decides what is final. */
export interface Timing {
  /** A view may take this long; each further view twice as long, up to the cap. */
  readonly viewTimeoutMs: number
  readonly maxViewTimeoutMs: number
  /** For a view whose proposer has no link to us: it is down, or cut off from us. */
  readonly suspectTimeoutMs: number
  /** Own messages of an undecided height are sent again this often. */
  readonly repeatMs: number
  /** An idle network makes a block this often. */
  readonly maxBlockIntervalMs: number
  /** After a block of `busyTransactions` or more the next one waits this long, to carry more at the same cost. */
  readonly busyIntervalMs: number
  readonly busyTransactions: number
  /** A fresh block may be this far ahead of, or behind, a validator's clock. */
  readonly maxAheadMs: number
  readonly maxBehindMs: number
}

export const defaultTiming: Timing = {
  viewTimeoutMs: 1_000,
  maxViewTimeoutMs: 10_000,
  suspectTimeoutMs: 60,
  repeatMs: 400,
  maxBlockIntervalMs: 10_000,
  busyIntervalMs: 40,
  busyTransactions: 48,
  maxAheadMs: 2_000,
  maxBehindMs: 10_000,
}

/** What stays the same while an engine runs. */
export interface Settings {
  readonly chainId: string
  /** False for a node that can never vote; one with a key votes while the set of the height holds it. */
  readonly hasKey: boolean
  /** The operator vouches that this key's earlier votes can contradict nothing: no abstention. */
  readonly votesWithoutRecord: boolean
  /** Signs a vote. A function of its argument alone, as Ed25519 is; `step` stays pure. */
  readonly sign: (message: Uint8Array) => Uint8Array
  readonly codecs: MessageCodecs
  readonly maxBlockBytes: number
  readonly timing: Timing
}

/** Time that a view may take, with back-off and cap. `slowness` is what earlier heights taught. */
export function viewTimeoutMs(timing: Timing, view: number, slowness = 0): number {
  // The exponent is bounded: views can be far beyond what a shift can hold.
  return Math.min(timing.maxViewTimeoutMs, timing.viewTimeoutMs * 2 ** Math.min(view + slowness, 30))
}
