import { majorityQuorum, sameMisbehaviour } from '@cresset/core-chain'
import { Draft, isQuorumOf } from './draft.ts'
import type { RecordEntry } from './record.ts'
import { restoreVotes } from './restore.ts'
import type { Settings } from './settings.ts'
import type { State } from './state.ts'

/** The last committed block; at height 0 the genesis digest and time. */
export interface Parent {
  readonly height: number
  readonly hash: Uint8Array
  readonly timeMs: number
}

/** State of a node that starts: what it committed, and what it voted. */
export function initialState(settings: Settings, parent: Parent, records: readonly RecordEntry[]): State {
  const height = parent.height + 1
  const newest = records.reduce((highest, entry) => Math.max(highest, entry.height), 0)
  const abstention: State['abstention'] =
    settings.self === undefined
      ? undefined
      : records.length === 0
        ? { reason: 'record-lost', untilHeight: undefined }
        : newest > height
          ? // Votes below the newest height may have been compacted away.
            { reason: 'record-ahead', untilHeight: newest }
          : undefined
  const draft = new Draft({
    settings,
    ...freshHeight(parent),
    nextRecord: 0,
    early: [],
    slowness: 0,
    unlinked: new Set(),
    abstention,
    toldHeights: new Map(),
    recordCompleteFrom: undefined,
    evidence: [],
    trouble: undefined,
    clockTrouble: undefined,
    laterRecords: records.filter((entry) => entry.height > height),
  })
  restoreVotes(draft, records)
  return draft.state
}

type HeightState = Omit<
  State,
  | 'settings'
  | 'nextRecord'
  | 'early'
  | 'unlinked'
  | 'slowness'
  | 'abstention'
  | 'toldHeights'
  | 'recordCompleteFrom'
  | 'evidence'
  | 'trouble'
  | 'clockTrouble'
  | 'laterRecords'
>

function freshHeight(parent: Parent): HeightState {
  return {
    height: parent.height + 1,
    parentHash: parent.hash,
    parentTimeMs: parent.timeMs,
    view: 0,
    phase: 'waiting',
    candidates: new Map(),
    proposals: new Map(),
    prepares: new Map(),
    commits: new Map(),
    viewChanges: new Map(),
    prepared: undefined,
    decision: undefined,
    ownProposals: new Map(),
    ownPrepares: new Map(),
    ownCommits: new Map(),
    votedView: 0,
    own: [],
    newView: undefined,
    unrecorded: new Map(),
    pending: false,
    due: false,
    paced: true,
    viewTimerArmed: false,
    viewTimerExtended: false,
    repeatTimerArmed: false,
  }
}

/** Doublings of the first view's time at most. */
const MAX_SLOWNESS = 3

/** Goes on to the next height once a block is stored. */
export function enterHeight(
  draft: Draft,
  parent: Parent,
  application: { pending: boolean; wantsBlockWithinMs: number | undefined },
  nowMs: number,
): void {
  const { state } = draft
  const { timing } = state.settings
  const block = [...state.candidates.values()].find(({ hash }) => hash === parent.hash)?.block
  const reported = block?.misbehaviour ?? []
  const busy = (block?.transactions.length ?? 0) >= timing.busyTransactions
  const decidedView = state.decision?.certificate.view ?? 0
  if (decidedView === 0) state.slowness = Math.max(0, state.slowness - 1)
  else if (state.unlinked.size === 0) state.slowness = Math.min(MAX_SLOWNESS, state.slowness + 1)
  Object.assign(state, freshHeight(parent))
  state.evidence = state.evidence.filter((known) => !reported.some((other) => sameMisbehaviour(known, other)))
  state.pending = application.pending
  if (state.abstention?.untilHeight !== undefined && state.height >= state.abstention.untilHeight) {
    state.abstention = undefined
    draft.log('votes again')
  }
  if (state.laterRecords.length > 0) {
    restoreVotes(draft, state.laterRecords)
    state.laterRecords = state.laterRecords.filter(({ height }) => height > state.height)
  }
  if (busy && timing.busyIntervalMs > 0) {
    state.paced = false
    draft.timer('pace', timing.busyIntervalMs)
  }
  armDueTimer(draft, application.wantsBlockWithinMs, nowMs)
}

/** A heartbeat is due one interval after the last block's time, however the clocks differ no later than that from now. */
export function armDueTimer(draft: Draft, wantsBlockWithinMs: number | undefined, nowMs: number): void {
  const { settings, parentTimeMs } = draft.state
  const intervalMs = settings.timing.maxBlockIntervalMs
  // The first block is due at once: before it no root is certified, and nothing can be proven to a client.
  const isFirst = draft.state.height === 1
  const heartbeatMs = isFirst ? 0 : Math.min(intervalMs, Math.max(0, parentTimeMs + intervalMs - nowMs))
  draft.timer('due', Math.min(heartbeatMs, wantsBlockWithinMs ?? heartbeatMs))
}

/** Heights told by others decide how long a node without its vote record keeps silent. */
export function onTold(draft: Draft, validator: number, height: number): void {
  const { state } = draft
  const { abstention } = state
  if (abstention?.reason !== 'record-lost' || abstention.untilHeight !== undefined) return
  const heights = new Map(state.toldHeights)
  heights.set(validator, Math.max(height, heights.get(validator) ?? 0))
  state.toldHeights = heights
  seekEndOfAbstention(draft)
}

/** Whether some one of these knows of every block that was made final with this node's vote. */
function knowsAllFinal(state: State, self: number, answered: Iterable<number>): boolean {
  const { rule, validators } = state.settings.validators
  if (rule !== 'majority' || validators.length === 1) return isQuorumOf(state, answered)
  // Two majorities may share this node alone, which has forgotten what it knew: the others must meet each of them.
  const others = [...answered].filter((validator) => validator !== self)
  return others.length + majorityQuorum(validators.length) > validators.length
}

/** Needs answers of a quorum, this node counted: two quorums share an honest validator that knows what was final. */
export function seekEndOfAbstention(draft: Draft): void {
  const { state } = draft
  const { self } = state.settings
  if (self === undefined || state.abstention?.reason !== 'record-lost') return
  if (state.abstention.untilHeight !== undefined) return
  const heights = new Map(state.toldHeights).set(self, state.height - 1)
  if (!knowsAllFinal(state, self, heights.keys())) return
  const highest = Math.max(...heights.values())
  if (highest === 0) {
    // Nothing is final anywhere: the ledger is new, and so is this record. The entry says that it exists.
    state.abstention = undefined
    state.recordCompleteFrom = 1
    draft.record([], {})
    return
  }
  // It may have voted at the highest height and at the next; it must hold the certificate of the one after.
  const untilHeight = highest + 3
  state.abstention = { reason: 'record-lost', untilHeight }
  state.recordCompleteFrom = highest + 2
  // A restart finds this and waits no longer than now decided.
  draft.record([], { height: untilHeight })
  draft.warn('abstains: its vote record is missing', { untilHeight })
}
