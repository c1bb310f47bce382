import { equalBytes } from '@cresset/core-codec'
import { accountAt } from './accounts.ts'
import { addIncome, type BlockContext, openContext } from './block-context.ts'
import { putParameters } from './change-parameters.ts'
import type { Refusal } from './codes.ts'
import { runFeeBlock } from './deposit/fee-block.ts'
import { sweep } from './deposit/sweep.ts'
import { accountEntry } from './entries/account.ts'
import { incomeEntry, timeEntry } from './entries/ledger.ts'
import type { LedgerValidator } from './entries/node.ts'
import type { LedgerEvent } from './events.ts'
import { sweepRetiringKeys } from './hosts/retiring-keys.ts'
import { proposalsOf } from './membership/open-proposals.ts'
import { lapseProposals } from './membership/proposals.ts'
import { advanceProtocol, protocolVersions, versionAt } from './membership/protocol.ts'
import {
  advanceValidators,
  type LedgerValidators,
  newestValidators,
  validatorUpdates,
} from './membership/validators.ts'
import { runAction } from './operations/index.ts'
import { transactionFee } from './parameters.ts'
import type { PreparedTransaction } from './prepare.ts'
import { type Receipt, receiptsRoot } from './receipt.ts'
import { sweepRecordPages } from './record-tables/removals.ts'
import { queueOf } from './registration/queue.ts'
import { settleQueue } from './registration/settle.ts'
import { type Offence, punish } from './stake/punish.ts'
import { sweepUnbonding } from './stake/unbonding.ts'
import { stateKeys } from './state-keys.ts'
import type { Change, StateView } from './state-view.ts'

export interface LedgerBlock {
  readonly height: number
  readonly timeMs: number
  /** Account of its maker. */
  readonly proposer: Uint8Array
  readonly transactions: readonly PreparedTransaction[]
  /** Proved contradictions. */
  readonly misbehaviour: readonly Offence[]
}

export interface BlockResult {
  /** Sorted by key; empty when nothing changed. */
  readonly changes: Change[]
  readonly receipts: Receipt[]
  /** What fell due whatever the transactions. */
  readonly events: LedgerEvent[]
  readonly receiptsRoot: Uint8Array
  /** Owner names whose DNS data changed, sorted. */
  readonly changedNames: string[]
  /** Records that others now name as their predecessor, or that ended: encoded entries, oldest first. The state has them no more. */
  readonly replacedRecords: Uint8Array[]
  /** What changes in the set that votes on blocks from the next one but one on; power 0 takes a validator out. */
  readonly validatorUpdates: readonly LedgerValidator[]
  /** A block is wanted this soon although nothing is pending. */
  readonly wantsBlockWithinMs?: number
}

export interface ChainRules {
  readonly chainId: string
  /** Versions of the rules that this program has; default: `protocolVersions`. */
  readonly versions?: readonly number[]
}

export interface BlockRefusal {
  readonly refused: Refusal
  /** The transaction it lies in, unless it is the block as a whole. */
  readonly index?: number
}

const dayMs = 86_400_000
/** How far ahead of block time a transaction may be valid. */
export const longestValidityMs = dayMs
/** While a seal or claim is open blocks are wanted this often. */
const waitingBlockMs = 1_000

/**
 * The state machine: what a block does to a state. Pure; the same block over the same state gives the same result on every
 * machine. The caller answers for the transactions' signatures.
 */
export function executeBlock(view: StateView, block: LedgerBlock, chain: ChainRules): BlockResult | BlockRefusal {
  const context = openContext(view, block, chain.chainId)
  const refused = headProblem(context, chain)
  if (refused !== undefined) return { refused }
  const run = openRun(context)
  for (const [index, prepared] of block.transactions.entries()) {
    const problem = runTransaction(run, prepared)
    if (problem !== undefined) return { refused: problem, index }
  }
  return finishBlock(run, block)
}

export interface AssembledBlock {
  /** What `executeBlock` says of the block of `accepted`. */
  readonly result: BlockResult
  /** Those that a block may hold, in their order. */
  readonly accepted: readonly PreparedTransaction[]
  /** Those that no block may hold here, and why. */
  readonly dropped: readonly { readonly transaction: PreparedTransaction; readonly code: Refusal }[]
}

/** For a proposer: executes what can stand in a block and leaves out the rest, in one pass. */
export function assembleBlock(view: StateView, block: LedgerBlock, chain: ChainRules): AssembledBlock | BlockRefusal {
  const context = openContext(view, block, chain.chainId)
  const refused = headProblem(context, chain)
  if (refused !== undefined) return { refused }
  const run = openRun(context)
  const accepted: PreparedTransaction[] = []
  const dropped: { transaction: PreparedTransaction; code: Refusal }[] = []
  for (const transaction of block.transactions) {
    const code = runTransaction(run, transaction)
    if (code === undefined) accepted.push(transaction)
    else dropped.push({ transaction, code })
  }
  return { result: finishBlock(run, { ...block, transactions: accepted }), accepted, dropped }
}

/** A block on its way through its transactions. */
interface BlockRun {
  readonly context: BlockContext
  /** A seal, claim or proposal was open when it began. */
  readonly isWaiting: boolean
  /** The newest set before this block. */
  readonly validators: LedgerValidators
  readonly receipts: Receipt[]
  bytes: number
  units: number
}

function openRun(context: BlockContext): BlockRun {
  const { state, height } = context
  const isWaiting = queueOf(state).head !== 0 || proposalsOf(state).open.length > 0
  advanceProtocol(state, height)
  return { context, isWaiting, validators: advanceValidators(state), receipts: [], bytes: 0, units: 0 }
}

function headProblem(
  { state, height, timeMs }: BlockContext,
  { versions = protocolVersions }: ChainRules,
): Refusal | undefined {
  const last = state.require(timeEntry, stateKeys.time)
  if (!versions.includes(versionAt(state, height))) return 'protocol-unknown'
  if (height <= last.height) return 'height-not-rising'
  return timeMs <= last.blockTimeMs ? 'time-not-rising' : undefined
}

/** Executes one more transaction, or says why the block may not hold it and changes nothing. */
function runTransaction(run: BlockRun, prepared: PreparedTransaction): Refusal | undefined {
  const { context } = run
  const bytes = run.bytes + prepared.bytes.length
  const units = run.units + prepared.units
  if (bytes > context.parameters.maxBlockBytes) return 'block-too-long'
  if (units > context.parameters.maxBlockUnits) return 'block-over-units'
  const refused = blockProblem(context, prepared)
  if (refused !== undefined) return refused
  run.bytes = bytes
  run.units = units
  run.receipts.push(executeTransaction(context, prepared))
  return undefined
}

function finishBlock(
  { context, receipts, isWaiting: wasWaiting, validators }: BlockRun,
  block: LedgerBlock,
): BlockResult {
  context.events = []
  if (endBlock(context, block, wasWaiting)) {
    const { ledgerTimeMs, timeMs: blockTimeMs, height } = context
    context.state.put(timeEntry, stateKeys.time, { ledgerTimeMs, blockTimeMs, height })
  }
  const isWaiting = queueOf(context.state).head !== 0
  const ids = block.transactions.map(({ id }) => id)
  return {
    changes: context.state.changes(),
    receipts,
    events: context.events,
    receiptsRoot: receiptsRoot(ids, receipts, context.events),
    changedNames: [...context.changedNames].sort(),
    replacedRecords: context.state.replacedRecords(),
    validatorUpdates: validatorUpdates(validators, newestValidators(context.state)),
    ...(isWaiting ? { wantsBlockWithinMs: waitingBlockMs } : {}),
  }
}

/** What falls due after the transactions, in this order. Returns whether this block writes its time. */
function endBlock(context: BlockContext, block: LedgerBlock, wasWaiting: boolean): boolean {
  const hasTransactions = block.transactions.length > 0
  const isFeeBlock = block.height % context.parameters.feeEveryBlocks === 0
  if (hasTransactions) countProducer(context, block.proposer)
  punish(context, block.misbehaviour)
  if (isFeeBlock) runFeeBlock(context)
  settleQueue(context)
  sweep(context)
  sweepRetiringKeys(context)
  sweepRecordPages(context)
  sweepUnbonding(context)
  lapseProposals(context)
  if (context.nextParameters !== context.parameters) putParameters(context.state, context.nextParameters)
  return hasTransactions || isFeeBlock || wasWaiting
}

/** Makers of non-empty blocks share the interval's income by their count. */
function countProducer({ state }: BlockContext, proposer: Uint8Array): void {
  const income = state.require(incomeEntry, stateKeys.income)
  const known = income.producers.some(({ account }) => equalBytes(account, proposer))
  const producers = known
    ? income.producers.map((producer) =>
        equalBytes(producer.account, proposer) ? { ...producer, blocks: producer.blocks + 1 } : producer,
      )
    : [...income.producers, { account: proposer, blocks: 1 }]
  state.put(incomeEntry, stateKeys.income, { ...income, producers })
}

/** Why no block may hold this transaction here, or undefined. */
export function blockProblem(context: BlockContext, prepared: PreparedTransaction): Refusal | undefined {
  const { transaction, bytes, senderKey } = prepared
  if (bytes.length > context.parameters.maxTransactionBytes) return 'transaction-too-long'
  if (transaction.chainId !== context.chainId) return 'wrong-chain'
  const fee = transactionFee(bytes.length, context.parameters)
  if (transaction.fee < fee) return 'fee-too-low'
  const payer = accountAt(context.state, senderKey)
  if (payer.sequence !== transaction.sequence) return 'sequence-not-next'
  if (payer.balance < fee) return 'fee-unpayable'
  return undefined
}

/** Takes the fee, uses the sequence, and does what the transaction says, whole or not at all. */
function executeTransaction(context: BlockContext, prepared: PreparedTransaction): Receipt {
  const { bytes, senderKey, transaction, units } = prepared
  const fee = transactionFee(bytes.length, context.parameters)
  const payer = accountAt(context.state, senderKey)
  context.state.put(accountEntry, senderKey, { balance: payer.balance - fee, sequence: payer.sequence + 1 })
  addIncome(context, fee)
  const events: LedgerEvent[] = []
  context.events = events
  const { validUntilMs } = transaction
  if (validUntilMs < context.timeMs) return { code: 'expired', events, units }
  if (validUntilMs > context.timeMs + longestValidityMs) return { code: 'valid-too-long', events, units }
  const code = runAction(context, prepared)
  return { code, events, units }
}
