import type { Header } from '@cresset/core-chain'
import { blockEventsCodec, type LedgerEvent, receiptCodec } from '@cresset/core-ledger'
import type { StateTree, TreeUpdate } from '@cresset/core-state-tree'
import type { CommitRequest } from '@cresset/network-consensus/interface'
import {
  type BlockLog,
  heightPart,
  heightRange,
  layout,
  type Store,
  storedKey,
  type Write,
} from '@cresset/network-storage'
import type { CommitEvent } from './commit-feed.ts'
import type { Execution } from './execution.ts'
import { forgetWrites } from './forgetting.ts'
import { type Head, headCodec } from './head.ts'
import { indexWrites } from './indexes.ts'
import { offerWrites } from './offer-index.ts'
import { headKey } from './opening.ts'
import { archiveWrites } from './record-archive.ts'
import { entriesBefore, undoCodec } from './undo.ts'
import { changeWrites } from './validator-history.ts'
import type { SetsAhead } from './validator-sets.ts'

export interface CommitInput {
  readonly request: CommitRequest
  readonly execution: Execution
  readonly update: TreeUpdate
  readonly head: Head
  /** Before this block: who decides it, and the next one. */
  readonly sets: SetsAhead
  readonly header: () => Header
  readonly tree: StateTree
  readonly log: BlockLog
  readonly store: Store
  readonly keepVersions: number
  /** Undefined keeps all. */
  readonly keepBlocks: number | undefined
  /** Stands among the changed names when all records of all zones may have changed. */
  readonly zonesChangedName: string
  /** Versions and blocks from here on must stay whatever the settings say. */
  readonly heldFrom: number | undefined
}

export interface CommitBatch {
  readonly writes: Write[]
  readonly head: Head
  readonly event: CommitEvent
  /** Blocks from here on stay; 0 when all do. */
  readonly keepBlocksFrom: number
}

/** Tree entries that a commit deletes at most: more than a full block makes, so pruning keeps up and no commit stalls. */
const MAX_PRUNED_NODES = 100_000
/** Undo records dropped by one commit: one falls due, a few more are left from a lower `keepVersions`. */
const MAX_PRUNED_UNDO_RECORDS = 8

/** All that one block changes in the store: block, certificate, receipts, state, indexes, undo, head, pruning. */
export function commitWrites(input: CommitInput): CommitBatch {
  const { request, execution, update, log, store } = input
  const { height, blockHash, block, certificate } = request
  const head: Head = { height, timeMs: execution.timeMs, blockHash, stateRoot: update.root }
  const indexes = [
    ...indexWrites(store, eventsOf(execution)),
    ...offerWrites(store, eventsOf(execution), execution.changes),
  ]
  const changedNames = changesZones(execution)
    ? [...execution.changedNames, input.zonesChangedName].sort()
    : execution.changedNames
  const archived = archiveWrites(height, execution.replacedRecords)
  const { next: validators, afterNext: nextValidators } = input.sets
  // Sets are objects of their own only where they differ.
  const changed =
    validators === nextValidators ? [] : changeWrites(input.header(), certificate, { validators, nextValidators })
  const writes = [
    ...update.writes,
    ...log.appendWrites({
      height,
      blockHash,
      block,
      certificate,
      transactionIds: execution.transactions.map(({ id }) => id),
      receipts: execution.receipts.map((receipt) => receiptCodec.encode(receipt)),
      changedNames,
    }),
    ...indexes,
    ...archived,
    ...changed,
    {
      key: storedKey(layout.undo, heightPart(height)),
      value: undoCodec.encode({
        head: input.head,
        entries: entriesBefore(store, [...indexes, ...archived, ...changed.slice(-1)]),
      }),
    },
    { key: headKey, value: headCodec.encode(head) },
    ...pruneWrites(input),
  ]
  const keepBlocksFrom = keptBlocksFrom(input)
  for (const write of forgetWrites(store, log, keepBlocksFrom)) writes.push(write)
  if (execution.blockEvents.length > 0) {
    const value = blockEventsCodec.encode({ events: [...execution.blockEvents] })
    writes.push({ key: storedKey(layout.blockEvents, heightPart(height)), value })
  }
  return { writes, head, event: { ...commitEvent(execution, head), changedNames }, keepBlocksFrom }
}

/** Nobody's name, below which the name servers are: in a block's changed names it says that every zone changed. */
export function zonesChangedName(zones: readonly string[]): string {
  return `ns.${zones[0]}`
}

/** Name servers follow the nodes, times to live the parameters. */
function changesZones(execution: Execution): boolean {
  for (const { kind } of eventsOf(execution)) if (kind === 'nodesChanged' || kind === 'parametersChanged') return true
  return false
}

function* eventsOf(execution: Execution): Generator<LedgerEvent> {
  for (const receipt of execution.receipts) yield* receipt.events
  yield* execution.blockEvents
}

function commitEvent(execution: Execution, head: Head): CommitEvent {
  return {
    height: head.height,
    timeMs: head.timeMs,
    blockHash: head.blockHash as Uint8Array,
    stateRoot: head.stateRoot,
    final: true,
    reverted: false,
    transactions: execution.receipts.map(({ code, events }, index) => ({
      id: execution.transactions[index]!.id,
      code,
      events,
    })),
    blockEvents: execution.blockEvents,
    changedNames: execution.changedNames,
  }
}

/** A version that is kept is proved by its block, and a snapshot that is being read begins with one. */
function keptBlocksFrom({ request, keepBlocks, keepVersions, heldFrom }: CommitInput): number {
  if (keepBlocks === undefined) return 0
  const { height } = request
  return Math.max(0, Math.min(height - keepBlocks + 1, height - keepVersions, heldFrom ?? height))
}

/** Bounded work a commit, so that pruning after a change of `keepVersions` never holds up agreement. */
function pruneWrites({ tree, store, request, keepVersions, heldFrom }: CommitInput): Write[] {
  const keepFrom = Math.min(request.height - keepVersions, heldFrom ?? request.height)
  if (keepFrom <= 0) return []
  const writes = tree.prune(keepFrom, { maxNodes: MAX_PRUNED_NODES })
  const old = store.range({ ...heightRange(layout.undo, 0, keepFrom), limit: MAX_PRUNED_UNDO_RECORDS })
  for (const [key] of old) writes.push({ key, value: undefined })
  return writes
}
