import { concatBytes, uint64ToBytes } from '@cresset/core-codec'
import { sha256 } from '@cresset/core-crypto'
import {
  assembleBlock,
  type BlockResult,
  type Code,
  executeBlock,
  type LedgerEvent,
  type PreparedTransaction,
  type Receipt,
} from '@cresset/core-ledger'
import type { StateTree, TreeUpdate } from '@cresset/core-state-tree'
import type { BlockInput } from '@cresset/network-consensus/interface'
import type { CostMeter } from './cost-meter.ts'

/** A block that the ledger executed on top of the committed state. Its tree update is made when the roots are asked for. */
export interface Execution {
  readonly height: number
  readonly timeMs: number
  readonly transactions: readonly PreparedTransaction[]
  readonly receipts: readonly Receipt[]
  /** What fell due in the block whatever its transactions. */
  readonly blockEvents: readonly LedgerEvent[]
  readonly receiptsRoot: Uint8Array
  readonly changedNames: readonly string[]
  /** Encoded records of names and hosts that the block replaced. */
  readonly replacedRecords: readonly Uint8Array[]
  /** Entries of the state, sorted by key. */
  readonly changes: BlockResult['changes']
  /** What the block changes in the set of two heights later. */
  readonly validatorUpdates: BlockResult['validatorUpdates']
  readonly wantsBlockWithinMs: number | undefined
  treeUpdate(): TreeUpdate
}

export interface Refusal {
  readonly refused: string
  /** Which transaction, where one is to blame. */
  readonly index: number | undefined
}

export interface Assembly {
  readonly accepted: readonly PreparedTransaction[]
  /** Those that no block can hold as the state is. */
  readonly hopeless: readonly PreparedTransaction[]
}

const waitingCodes: ReadonlySet<Code> = new Set(['sequence-not-next', 'block-too-long', 'block-over-units'])

/** Candidates of one height that are kept; more come only from views that go wrong one after the other. */
const MAX_CANDIDATES = 8

/**
 * Executes blocks over the committed state and remembers what came out, so that the proposer, the check of a proposal and
 * `finalizeBlock` together execute a block once.
 */
export class Executor {
  readonly #tree: () => StateTree
  readonly #chainId: string
  readonly #meter: CostMeter
  readonly #known = new Map<string, Execution>()

  constructor(tree: () => StateTree, chainId: string, meter: CostMeter) {
    this.#tree = tree
    this.#chainId = chainId
    this.#meter = meter
  }

  /** The signatures of `transactions` must have been checked. */
  execute(block: Omit<BlockInput, 'transactions'>, transactions: readonly PreparedTransaction[]): Execution | Refusal {
    const key = identity(block, transactions)
    const known = this.#known.get(key)
    if (known !== undefined) return known
    const tree = this.#tree()
    const outcome = this.#meter.measure('ledger', () =>
      executeBlock(tree, { ...block, transactions }, { chainId: this.#chainId }),
    )
    if ('refused' in outcome) return { refused: outcome.refused, index: outcome.index }
    return this.#remember(key, block, transactions, outcome)
  }

  /**
   * For a proposer: executes what can stand in a block, in one pass, and leaves out the rest. Undefined when no block can be made
   * at this height and time.
   */
  assemble(block: Omit<BlockInput, 'transactions'>, candidates: readonly PreparedTransaction[]): Assembly | undefined {
    const tree = this.#tree()
    const outcome = this.#meter.measure('ledger', () =>
      assembleBlock(tree, { ...block, transactions: candidates }, { chainId: this.#chainId }),
    )
    if ('refused' in outcome) return undefined
    const { result, accepted, dropped } = outcome
    this.#remember(identity(block, accepted), block, accepted, result)
    // A gap behind one that was left out can close again, and the next block has room.
    const hopeless = dropped.filter(({ code }) => !waitingCodes.has(code)).map(({ transaction }) => transaction)
    return { accepted, hopeless }
  }

  #remember(
    key: string,
    block: Omit<BlockInput, 'transactions'>,
    transactions: readonly PreparedTransaction[],
    outcome: BlockResult,
  ): Execution {
    const tree = this.#tree()
    let update: TreeUpdate | undefined
    const execution: Execution = {
      height: block.height,
      timeMs: block.timeMs,
      transactions,
      receipts: outcome.receipts,
      blockEvents: outcome.events,
      receiptsRoot: outcome.receiptsRoot,
      changedNames: outcome.changedNames,
      replacedRecords: outcome.replacedRecords,
      changes: outcome.changes,
      validatorUpdates: outcome.validatorUpdates,
      wantsBlockWithinMs: outcome.wantsBlockWithinMs,
      treeUpdate: () => {
        update ??= this.#meter.measure('tree', () => tree.update(block.height, outcome.changes))
        return update
      },
    }
    if (this.#known.size >= MAX_CANDIDATES) this.#known.delete(this.#known.keys().next().value as string)
    this.#known.set(key, execution)
    return execution
  }

  /** To be called when the committed state changed: what was computed on the old one is worth nothing. */
  clear(): void {
    this.#known.clear()
  }
}

/** All that execution depends on besides the state. */
function identity(block: Omit<BlockInput, 'transactions'>, transactions: readonly PreparedTransaction[]): string {
  const parts = [uint64ToBytes(block.height), uint64ToBytes(block.timeMs), block.proposer]
  for (const offence of block.misbehaviour) {
    parts.push(offence.validator, uint64ToBytes(offence.height), uint64ToBytes(offence.view))
    parts.push(sha256(new TextEncoder().encode(offence.kind)))
  }
  parts.push(uint64ToBytes(transactions.length))
  for (const transaction of transactions) parts.push(transaction.id)
  return Buffer.from(sha256(concatBytes(...parts))).toString('latin1')
}
