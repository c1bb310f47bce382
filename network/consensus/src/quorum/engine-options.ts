import type { Genesis, SignatureCheck } from '@cresset/core-chain'
import type { SyncSigner } from '@cresset/core-crypto'
import type { Application, Clock, EngineLog, Network, VoteRecord } from '../interface/index.ts'
import type { Effect } from './events.ts'
import type { Timing } from './settings.ts'

/** Books the cost of work under a name; network/application's CostMeter has this shape. */
export interface Meter {
  measure<T>(part: 'verify' | 'wire', work: () => T): T
}

export interface QuorumEngineOptions {
  readonly genesis: Genesis
  readonly application: Application
  readonly network: Network
  readonly clock: Clock
  readonly voteRecord: VoteRecord
  /**
   * Consensus key; without one, or when genesis does not list it, the node follows without a vote. When signing throws, the engine has
   * stopped before the vote counted for anything.
   */
  readonly consensusKey?: SyncSigner | undefined
  readonly timing?: Partial<Timing>
  readonly log?: EngineLog
  readonly meter?: Meter
  /**
   * Votes although the record of its votes is missing or newer than its blocks. For the operator of a network in which so many lost it
   * that nobody is left to wait for; elsewhere it can fork the ledger.
   */
  readonly votesWithoutRecord?: boolean | undefined
  /** How votes are checked; one that remembers good ones saves work. Default: core/crypto's rule. */
  readonly check?: SignatureCheck
  /** The engine cannot go on: a disk is full or damaged, or an invariant is broken. It has stopped. */
  readonly onFailure?: (error: Error) => void
  /** A node without blocks that is further behind than this fetches the state instead. Default 500. */
  readonly replayBlocks?: number
  /** Own state contradicts a certificate; what is needed to compare. */
  readonly onDivergence?: (divergence: Extract<Effect, { kind: 'diverged' }>) => void
}
