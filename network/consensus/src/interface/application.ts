import type { Validator, ValidatorSet, VoteKind } from '@cresset/core-chain'

/** What every engine gives to execution: a function of these alone makes the same root everywhere. */
export interface BlockInput {
  readonly height: number
  /** Block time, strictly above the block before. */
  readonly timeMs: number
  /** Account of the block's maker. */
  readonly proposer: Uint8Array
  /** Complete encodings in the order of execution. */
  readonly transactions: readonly Uint8Array[]
  readonly misbehaviour: readonly Offence[]
}

/** A proved contradiction, as the ledger sees it; the engine checked the two signatures. */
export interface Offence {
  readonly kind: VoteKind
  /** Consensus key that signed both. Whose it is, now or then, the ledger knows. */
  readonly validator: Uint8Array
  /** Height and view of the contradiction, not of the block that reports it. An offence can be reported only once. */
  readonly height: number
  readonly view: number
}

export interface ApplicationInfo {
  /** Last committed height, 0 before the first block. */
  readonly height: number
  readonly stateRoot: Uint8Array
  /** Undefined at height 0. */
  readonly blockHash: Uint8Array | undefined
  /** Who decides the next height, and the one after it: what this height changes acts there. The same object while nothing changes. */
  readonly validators: ValidatorSet
  readonly nextValidators: ValidatorSet
  /** Old blocks are not kept here, so a newer state may take the place of those that are. Default false. */
  readonly forgetsBlocks?: boolean
}

export interface TransactionCheck {
  /** `ok`, or one of the ledger's or the mempool's codes. */
  readonly code: string
  readonly id: Uint8Array
}

export interface ProposalRequest {
  readonly height: number
  readonly timeMs: number
  readonly proposer: Uint8Array
  /** Sum of the transactions' lengths. */
  readonly maxBytes: number
}

export interface ExecutedBlock {
  readonly stateRoot: Uint8Array
  readonly receiptsRoot: Uint8Array
  readonly receipts: readonly { readonly code: string }[]
  /** What this block changes in the set that decides two heights later; power 0 removes. */
  readonly validatorUpdates: readonly Validator[]
}

export interface CommitRequest {
  readonly height: number
  /** One that `finalizeBlock` was called with at this height. */
  readonly blockHash: Uint8Array
  /** Encoded block and its encoded commit certificate: both are kept and served to others as they are. */
  readonly block: Uint8Array
  readonly certificate: Uint8Array
}

export interface CommitResult {
  /** Blocks below may be forgotten; 0 keeps all. */
  readonly retainHeight: number
  /** A block is due so soon although nothing is pending: something falls due on the ledger. */
  readonly wantsBlockWithinMs?: number | undefined
}

export interface StoredBlock {
  readonly block: Uint8Array
  readonly certificate: Uint8Array
}

/** No snapshot is larger, whoever sends it. */
export const snapshotLimits = { chunks: 65_536, chunkBytes: 16 << 20 } as const

export interface SnapshotDescription {
  readonly height: number
  readonly stateRoot: Uint8Array
  readonly chunks: number
}

/** A final header that names other validators for the next height, with what proves it. All encoded as core/chain does. */
export interface ValidatorChange {
  readonly header: Uint8Array
  readonly certificate: Uint8Array
  /** Those who decided it, and those who decide the next height. */
  readonly validators: Uint8Array
  readonly nextValidators: Uint8Array
}

/** What makes a snapshot believed: who decides its height, found by following the changes from genesis. */
export interface SnapshotTrust {
  readonly validators: ValidatorSet
  /** The changes that led there, rising: kept, so that others can follow them here. */
  readonly changes: readonly ValidatorChange[]
}

/** An admitted transaction, complete, and its id. */
export type AdmissionHandler = (transaction: Uint8Array, id: Uint8Array) => void

/**
 * The replicated state machine under an engine: the shape of ABCI 2.0 without vote extensions. Synchronous but for commit and
 * snapshots. Only `commit` and snapshots write.
 */
export interface Application {
  info(): ApplicationInfo
  /** Writes the genesis state when nothing is there yet; the engine calls it at every start at height 0. */
  initChain(): Promise<{ readonly stateRoot: Uint8Array }>
  /** Judges a transaction and keeps an admitted one for a block. */
  checkTx(transaction: Uint8Array, source: 'local' | 'peer'): TransactionCheck
  prepareProposal(request: ProposalRequest): readonly Uint8Array[]
  /** `accept`, or why the block breaks a rule. Not called for time: the engine judges it. */
  processProposal(block: BlockInput): { readonly code: string }
  /** Pure, and may be called for several blocks of the next height. Throws only when an invariant is broken. */
  finalizeBlock(block: BlockInput & { readonly blockHash: Uint8Array }): ExecutedBlock
  /** Writes block, state and indexes at once; resolves when they are durable. */
  commit(request: CommitRequest): Promise<CommitResult>

  /** Transactions that wait for a block. */
  pendingTransactions(): { readonly count: number; readonly bytes: number }
  /**
   * Transactions of this node's own clients that wait since before the last call: a link may have been down when they
   * were passed on. At most `maxBytes`; later calls go on with the next ones.
   */
  transactionsToRepeat(maxBytes: number): readonly Uint8Array[]
  /** Called for every newly admitted transaction: the engine gossips it and makes a block. One handler. */
  onAdmitted(handler: AdmissionHandler): void
  /** For others' catch-up; undefined when the height is not stored. */
  storedBlock(height: number): StoredBlock | undefined
  /** Changes of the validators above a height, rising, for nodes that follow them. */
  validatorChanges(above: number, limit: number): readonly ValidatorChange[]

  listSnapshots(): Promise<readonly SnapshotDescription[]>
  loadSnapshotChunk(height: number, index: number): Promise<Uint8Array | undefined>
  offerSnapshot(description: SnapshotDescription, trust: SnapshotTrust): Promise<{ readonly code: 'accept' | string }>
  applySnapshotChunk(index: number, chunk: Uint8Array): Promise<{ readonly code: 'accept' | 'done' | string }>
  /** Throws away what there is of a snapshot; the ledger is at genesis again. */
  abandonSnapshot(): Promise<void>
}
