import type { Block, CommitCertificate, Misbehaviour, PreparedCertificate } from '@cresset/core-chain'
import type { PeerId } from '../interface/index.ts'
import type { Members } from './members.ts'
import type { Commit, Message, NewView, Prepare, ViewChange } from './messages.ts'
import type { RecordEntry } from './record.ts'
import type { Settings } from './settings.ts'
import type { CheckedMessage } from './verify.ts'

/**
 * - `waiting`: for a proposal, or for a reason to make one
 * - `building`: the application picks transactions
 * - `checking`: a proposal is with the application
 * - `preparing`: voted for the proposal, or had no vote in this view
 * - `committing`: the block is prepared
 * - `changing-view`: asked for this view, no proposal yet
 * - `storing`: the block is final and being written
 * - `diverged`: own execution contradicts a certificate; the node takes no further part
 */
export type Phase =
  | 'waiting'
  | 'building'
  | 'checking'
  | 'preparing'
  | 'committing'
  | 'changing-view'
  | 'storing'
  | 'diverged'

export interface Roots {
  readonly stateRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
}

/** A block of the current height. */
export interface Candidate {
  readonly hash: Uint8Array
  readonly bytes: Uint8Array
  readonly block: Block
  /** Answer of `processProposal`. */
  readonly verdict: 'unknown' | 'asked' | 'accept' | 'refused'
  readonly refusal: string | undefined
  readonly execution: 'none' | 'asked' | 'done'
  readonly roots: Roots | undefined
  /** Already in the vote record. */
  readonly recorded: boolean
}

/** First proposal seen in a view. */
export interface SeenProposal {
  readonly hash: Uint8Array
  readonly signature: Uint8Array
  readonly fresh: boolean
}

export interface Decision {
  readonly certificate: CommitCertificate
  readonly hash: Uint8Array
  /** Encoded, when the certificate came with the block from another node. */
  readonly encoded: Uint8Array | undefined
  /** The application was asked to write it. */
  readonly writing: boolean
}

/** Why this node casts no votes although it is a validator. */
export interface Abstention {
  readonly reason: 'record-lost' | 'record-ahead'
  /** First height with a vote again; undefined until the others told their heights. */
  readonly untilHeight: number | undefined
}

/** Votes of one view by validator index. */
export type Votes<V> = ReadonlyMap<number, V>

/** The engine between two events. Never changed in place. */
export interface State {
  readonly settings: Settings
  /** Height being decided. */
  readonly height: number
  /** They decide this height. An index anywhere in this state is a place among them, but for `early`. */
  readonly members: Members
  /** They decide the next one; this height's header names them. */
  readonly nextMembers: Members
  readonly parentHash: Uint8Array
  readonly parentTimeMs: number
  readonly view: number
  readonly phase: Phase

  /** By hash in hex; at most MAX_CANDIDATES. */
  readonly candidates: ReadonlyMap<string, Candidate>
  readonly proposals: ReadonlyMap<number, SeenProposal>
  readonly prepares: ReadonlyMap<number, Votes<Prepare>>
  readonly commits: ReadonlyMap<number, Votes<Commit>>
  /** Highest view asked for, per validator. */
  readonly viewChanges: ReadonlyMap<number, ViewChange>
  /** Highest block prepared at this height. */
  readonly prepared: PreparedCertificate | undefined
  readonly decision: Decision | undefined

  /** Own votes of this height, also those not durable yet: at most one a view and kind. */
  readonly ownProposals: ReadonlyMap<number, string>
  readonly ownPrepares: ReadonlyMap<number, string>
  readonly ownCommits: ReadonlyMap<number, string>
  /** Highest view in which this node voted or asked for; it votes in no lower one. */
  readonly votedView: number
  /** Own durable messages of the current view, sent again until the height is decided. */
  readonly own: readonly Message[]
  /** New view that a block is being built for. */
  readonly newView: NewView | undefined

  /** Messages to send once their record is durable. */
  readonly unrecorded: ReadonlyMap<number, readonly Message[]>
  readonly nextRecord: number

  /** Transactions wait, or a block is due: somebody must propose. */
  readonly pending: boolean
  readonly due: boolean
  /** The pause after a busy block is over. */
  readonly paced: boolean
  readonly viewTimerArmed: boolean
  /** The view's time began anew when its proposal came: votes have a full one. */
  readonly viewTimerExtended: boolean
  readonly repeatTimerArmed: boolean

  /** Messages of the next height, until this one is stored; their indexes are places among `nextMembers`. */
  readonly early: readonly CheckedMessage[]
  /** Doublings of the views' time: one more after a height that needed a view change without a broken link, one less after another. */
  readonly slowness: number
  /** Validators of this height or the next one that have no link to us. By node: indexes shift when the set changes. */
  readonly unlinked: ReadonlySet<PeerId>
  readonly abstention: Abstention | undefined
  /** Heights that validators told, by node; kept while abstaining. */
  readonly toldHeights: ReadonlyMap<PeerId, number>
  /** From this height on the vote record holds every vote of this key; undefined while that is not known. */
  readonly recordCompleteFrom: number | undefined
  readonly evidence: readonly Misbehaviour[]
  /** One line for the operator; undefined when nothing is wrong. */
  readonly trouble: string | undefined
  /** This node's clock and the others' differ too much; kept until a fresh block of another node passes. */
  readonly clockTrouble: string | undefined
  /** Records of heights above this one: the application was restored from an older state than the votes. */
  readonly laterRecords: readonly RecordEntry[]
}

export const MAX_CANDIDATES = 16
/** Votes of one validator are kept for so many views of a height. */
export const MAX_VIEWS_KEPT = 8
/** Early messages of one validator: a proposal, a prepare, a commit and a view change, for two views. */
export const MAX_EARLY_PER_VALIDATOR = 8
export const MAX_EVIDENCE = 64
/** Votes begin again so many heights above the highest final one: lost ones may be of the next height and of the one after it. */
export const MAYBE_VOTED_HEIGHTS = 3
