import type { FinalityProof } from '@cresset/core-chain'
import type { ActionKind, BlockPoint, Code, Offer, Receipt, StateView } from '@cresset/core-ledger'

/** A transaction that is in a committed block. */
export interface CommittedTransaction {
  readonly id: Uint8Array
  readonly height: number
  readonly index: number
  readonly timeMs: number
  /** The complete encoding, signatures included. */
  readonly bytes: Uint8Array
  readonly receipt: Receipt
}

/** A receipt with its place in a certified receipts root. */
export interface ProvenReceipt {
  readonly receipt: Uint8Array
  readonly index: number
  readonly count: number
  /** Merkle path of `receiptLeaf` to the certified receipts root; `count` is the number of leaves. */
  readonly siblings: readonly Uint8Array[]
  readonly finality: Uint8Array
}

export interface CommittedBlock {
  readonly height: number
  readonly blockHash: Uint8Array
  readonly block: Uint8Array
  readonly certificate: Uint8Array
}

/** A header with all that a light client needs to move its trust there; each encoded. */
export interface CommittedHeader {
  readonly header: Uint8Array
  readonly certificate: Uint8Array
  /** Those who decided the height, and those who decide the next one. */
  readonly validators: Uint8Array
  readonly nextValidators: Uint8Array
}

/** Proofs of several state keys at one height, under one finality proof. */
export interface ProvenKeys {
  readonly height: number
  readonly proofs: readonly Uint8Array[]
  /** Encoded {@link FinalityProof}. */
  readonly finality: Uint8Array
}

/** State under one root, with height and time of its block. */
export interface CommittedState extends BlockPoint {
  readonly view: StateView
}

export interface CommitEvent {
  readonly height: number
  readonly timeMs: number
  readonly blockHash: Uint8Array
  readonly stateRoot: Uint8Array
  readonly transactions: readonly {
    readonly id: Uint8Array
    readonly code: string
    readonly events: readonly unknown[]
  }[]
  /** What fell due in the block whatever its transactions. */
  readonly blockEvents: readonly unknown[]
  readonly changedNames: readonly string[]
}

/** Where a transaction stands on the ledger. */
export interface TransactionPlace {
  readonly height: number
  readonly index: number
}

/** One transaction as an account sees it. */
export interface AccountTransaction extends TransactionPlace {
  readonly id: Uint8Array
  readonly timeMs: number
  readonly kind: ActionKind
  readonly code: Code
  readonly role: 'payer' | 'signer' | 'other'
  readonly counterpart: Uint8Array | undefined
  readonly amount: bigint | undefined
  readonly direction: 'in' | 'out' | undefined
}

export interface AccountTransactions {
  readonly transactions: readonly AccountTransaction[]
  /** All blocks from here … */
  readonly fromHeight: number
  /** … to here are in the list. */
  readonly height: number
  /** `before` of the next page; a page can be short, even empty, before the end. */
  readonly next: TransactionPlace | undefined
}

export interface NodeStatus {
  readonly node: string
  readonly chainId: string
  readonly engine: string
  readonly height: number
  /** Undefined before there is any block. */
  readonly oldestHeight: number | undefined
  readonly timeMs: number
  readonly blockHash: Uint8Array | undefined
  readonly stateRoot: Uint8Array
  readonly view: number
  readonly phase: string
  /** A validator votes on one of the next two blocks; a local node serves its own machine. */
  readonly kind: 'validator' | 'follower' | 'local'
  /** `waiting` to be admitted; `arriving`: fetching the blocks up to that; `member`; `removed` by the members. */
  readonly membership: 'waiting' | 'arriving' | 'member' | 'removed'
  /** What the node is doing, in one line. */
  readonly progress: string
  readonly peers: readonly { readonly id: string; readonly name: string; readonly connected: boolean }[]
  readonly mempool: { readonly count: number; readonly bytes: number }
  /** Plain lines, one for each reason why the node or the network stands still. Empty when all is well. */
  readonly problems: readonly string[]
  readonly ready: boolean
  readonly versions: Readonly<Record<string, string>>
  readonly agreement: AgreementStatus
}

/** How those stand who decide the next block, as this node sees them. */
export interface AgreementStatus {
  /** The height being decided. */
  readonly height: number
  /** So many that do not vote now must do so again before a block can be decided; 0 with a quorum. */
  readonly mustReturn: number
  readonly validators: readonly {
    readonly id: string
    readonly name: string
    readonly power: number
    readonly presence: 'voting' | 'abstaining' | 'silent' | 'unlinked'
    /** Highest view of this height from which something of it came. */
    readonly view: number | undefined
    /** In hex: what it computed for the block that most signed. */
    readonly stateRoot: string | undefined
  }[]
}

/** What a node gives the API. Reads are of committed state only; the API changes state by submitting transactions. */
export interface NodeBackend {
  readonly chainId: string
  readonly genesisDigest: Uint8Array
  genesisJson(): string
  submit(bytes: Uint8Array): { readonly code: string; readonly id?: Uint8Array | undefined }
  awaitReceipt(id: Uint8Array, timeoutMs: number, signal?: AbortSignal): Promise<CommittedTransaction | undefined>
  transaction(id: Uint8Array): CommittedTransaction | undefined
  isPending(id: Uint8Array): boolean
  transactionProof(id: Uint8Array): ProvenReceipt | undefined
  /** The newest committed state and its block. */
  committed(): CommittedState
  /** Throws an error with the code `unknown-height` (not kept, or not there yet) or `nothing-final` (no block yet). */
  prove(keys: readonly Uint8Array[], height?: number): ProvenKeys
  block(reference: number | Uint8Array | 'latest'): CommittedBlock | undefined
  /** The first block that the node keeps: older ones it forgot, or never had. Undefined before there is any. */
  oldestHeight(): number | undefined
  /** Encoded, in the order of the block; undefined where the node does not keep it whole. */
  transactionsOf(height: number): readonly Uint8Array[] | undefined
  lightBlock(height: number): CommittedHeader | undefined
  /** Heights between the two, rising, whose header names other validators for the next height. */
  validatorChanges(after: number, before: number, limit: number): readonly number[]
  /** Encoded records that later ones replaced: the one of this hash, then its predecessors, as far as the node keeps them. */
  records(hash: Uint8Array, limit: number): readonly Uint8Array[]
  names(options: {
    readonly owner?: Uint8Array | undefined
    readonly zone?: string | undefined
    readonly after?: string | undefined
    readonly limit: number
  }): string[]
  /** Open offers by zone, price and name; a page can be short before the end, which has no `next`. */
  offers(options: {
    readonly zone?: string | undefined
    readonly maxPrice?: bigint | undefined
    readonly seller?: Uint8Array | undefined
    /** Who wants to buy: offers to others are left out. */
    readonly buyer?: Uint8Array | undefined
    readonly after?: Uint8Array | undefined
    readonly limit: number
  }): {
    readonly offers: readonly (Offer & { readonly name: string; readonly seller: Uint8Array })[]
    readonly next: Uint8Array | undefined
  }
  /** Newest first, from an index that follows the commits; undefined where the node keeps none. */
  accountTransactions(
    account: Uint8Array,
    filter: {
      readonly kind?: ActionKind | undefined
      readonly before?: TransactionPlace | undefined
      readonly limit: number
    },
  ): AccountTransactions | undefined
  status(): NodeStatus
  /** Throws an error with the code `pruned` when that height is no longer kept. */
  events(fromHeight: number | undefined, signal: AbortSignal): AsyncIterable<CommitEvent>
  metrics?(): Promise<string>
}

export type { FinalityProof }
