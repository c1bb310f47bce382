import type { PeerId } from './environment.ts'

/**
 * What this node knows of a validator:
 * - `voting`: this node itself, or linked and heard
 * - `abstaining`: this node itself, as long as it may not vote
 * - `silent`: linked, and it takes no part in the view that this node is in for a while
 * - `unlinked`: no link to it
 */
export type Presence = 'voting' | 'abstaining' | 'silent' | 'unlinked'

export interface ValidatorStanding {
  readonly id: PeerId
  readonly power: number
  readonly presence: Presence
  /** Highest view of this height from which something of it came; undefined when nothing did. */
  readonly view: number | undefined
  /** In hex, what it signed, or this node computed, for the block that most signed; undefined without such a vote. */
  readonly stateRoot: string | undefined
}

/** How those stand who decide the current height. */
export interface Standing {
  /** The height being decided, one above the last committed. */
  readonly height: number
  readonly validators: readonly ValidatorStanding[]
  /** So many that do not vote now must do so again before a block can be decided; 0 with a quorum. */
  readonly mustReturn: number
}

/** What `network status` shows of agreement. */
export interface EngineStatus {
  /** Last committed height. */
  readonly height: number
  /** View of the height that is being decided. */
  readonly view: number
  /** Account of the view's proposer, in hex. */
  readonly proposer: string
  readonly phase: string
  /** Why this node does not take part as it should, in one line; undefined when nothing is wrong. */
  readonly trouble: string | undefined
  readonly standing: Standing
  /** Highest height that a peer told. */
  readonly highestSeen: number
  /** Agreement's own numbers, for metrics. */
  readonly counters: Readonly<Record<string, number>>
}

export interface Engine {
  /** Resolves when the engine takes part. Throws when its records contradict the application. */
  start(): Promise<void>
  /** Ends timers and handlers; what is being written is waited for. */
  stop(): Promise<void>
  status(): EngineStatus
}
