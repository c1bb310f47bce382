import { faultyPower, majorityQuorum, powerOf, sameMisbehaviour } from '@cresset/core-chain'
import type { PeerId } from '../interface/index.ts'
import { Draft } from './draft.ts'
import { type Members, proposerOf } from './members.ts'
import type { RecordEntry } from './record.ts'
import { restoreVotes } from './restore.ts'
import type { Settings } from './settings.ts'
import { MAYBE_VOTED_HEIGHTS, type State } from './state.ts'

/** The last committed block; at height 0 the genesis digest and time. */
export interface Parent {
  readonly height: number
  readonly hash: Uint8Array
  readonly timeMs: number
}

/** Who decides the height after the parent, and the one after that. */
export interface Membership {
  readonly members: Members
  readonly nextMembers: Members
}

/**
 * State of a node that starts: what it committed, and what it voted. A key without a vote record abstains whether or not the set holds
 * it at the moment, so that it is ready when the set does.
 */
export function initialState(
  settings: Settings,
  parent: Parent,
  { members, nextMembers }: Membership,
  records: readonly RecordEntry[],
): State {
  const height = parent.height + 1
  const newest = records.reduce((highest, entry) => Math.max(highest, entry.height), 0)
  const abstention: State['abstention'] =
    !settings.hasKey || settings.votesWithoutRecord
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
    members,
    nextMembers,
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
  | 'members'
  | 'nextMembers'
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

/** Whether a view below this one ran out although its proposer is linked: then it was the time that was short. */
function linkedProposerFailed({ members, height, unlinked }: State, decidedView: number): boolean {
  for (let view = 0; view < Math.min(decidedView, members.peers.length); view++) {
    const peer = members.peers[proposerOf(members, height, view)]
    if (peer !== undefined && !unlinked.has(peer)) return true
  }
  return false
}

/** Goes on to the next height once a block is stored. */
export function enterHeight(
  draft: Draft,
  parent: Parent,
  application: { nextMembers: Members; pending: boolean; wantsBlockWithinMs: number | undefined },
  nowMs: number,
): void {
  const { state } = draft
  const { timing } = state.settings
  const block = [...state.candidates.values()].find(({ hash }) => hash === parent.hash)?.block
  const reported = block?.misbehaviour ?? []
  const busy = (block?.transactions.length ?? 0) >= timing.busyTransactions
  const decidedView = state.decision?.certificate.view ?? 0
  if (decidedView === 0) state.slowness = Math.max(0, state.slowness - 1)
  else if (linkedProposerFailed(state, decidedView)) state.slowness = Math.min(MAX_SLOWNESS, state.slowness + 1)
  Object.assign(state, freshHeight(parent))
  enterMembership(draft, state.nextMembers, application.nextMembers)
  state.evidence = state.evidence.filter((known) => !reported.some((other) => sameMisbehaviour(known, other)))
  state.pending = application.pending
  if (state.abstention?.untilHeight !== undefined && state.height >= state.abstention.untilHeight) {
    state.abstention = undefined
    draft.log('votes again')
  }
  seekEndOfAbstention(draft)
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

function enterMembership(draft: Draft, members: Members, nextMembers: Members): void {
  const { state } = draft
  if (members === state.members && nextMembers === state.nextMembers) return
  if (members.self !== state.members.self) {
    if (state.members.self === undefined) draft.log('votes from this height on')
    if (members.self === undefined) draft.log('votes no more: not among the validators')
  }
  state.members = members
  state.nextMembers = nextMembers
  const isKnown = (peer: PeerId): boolean => members.indexOfPeer.has(peer) || nextMembers.indexOfPeer.has(peer)
  state.unlinked = new Set([...state.unlinked].filter(isKnown))
  // What the others told is asked of the new set, and heights that only an old one vouches for hold nobody up.
  state.toldHeights = new Map()
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
export function onTold(draft: Draft, peer: PeerId, height: number): void {
  const { state } = draft
  const { abstention, members, nextMembers } = state
  if (abstention?.reason !== 'record-lost' || abstention.untilHeight !== undefined) return
  if (!members.indexOfPeer.has(peer) && !nextMembers.indexOfPeer.has(peer)) return
  const heights = new Map(state.toldHeights)
  heights.set(peer, Math.max(height, heights.get(peer) ?? 0))
  state.toldHeights = heights
  seekEndOfAbstention(draft)
}

/**
 * Whether some honest one of these others was among any quorum that this node was part of, and so knows how far its lost votes went.
 * This node counts for nothing, since it has forgotten, and as much power as agreement withstands may lie here and there.
 */
function knowAllFinal({ set, self }: Members, others: readonly number[]): boolean {
  const { rule, totalPower, validators } = set
  if (others.length === validators.length - (self === undefined ? 0 : 1)) return true
  const outsideQuorum = rule === 'majority' ? totalPower - majorityQuorum(totalPower) : faultyPower(rule, totalPower)
  return powerOf(set, others) > outsideQuorum + faultyPower(rule, totalPower)
}

/**
 * Needs answers of so many others that none of its lost votes can have helped to a block that they know nothing of. They are those who decide
 * the next height: no answer names a block of it or above, so before the answers this key voted at most there. When an answer
 * does, other sets may have decided since, and this node first gets there itself.
 */
export function seekEndOfAbstention(draft: Draft): void {
  const { state } = draft
  const { nextMembers, abstention, toldHeights } = state
  if (abstention?.reason !== 'record-lost' || abstention.untilHeight !== undefined) return
  const highest = state.height - 1
  for (const height of toldHeights.values()) if (height > highest) return
  const answered = [...toldHeights.keys()].flatMap((peer) => nextMembers.indexOfPeer.get(peer) ?? [])
  const others = answered.filter((index) => index !== nextMembers.self)
  if (!knowAllFinal(nextMembers, others)) return
  if (highest === 0) {
    // Nothing is final anywhere: the ledger is new, and so is this record. The entry says that it exists.
    state.abstention = undefined
    state.recordCompleteFrom = 1
    draft.record([], {})
    return
  }
  // It may have voted at the highest height and at the next; it must hold the certificate of the one after.
  const untilHeight = highest + MAYBE_VOTED_HEIGHTS
  state.abstention = { reason: 'record-lost', untilHeight }
  state.recordCompleteFrom = highest + 2
  // A restart finds this and waits no longer than now decided.
  draft.record([], { height: untilHeight })
  draft.warn('abstains: its vote record is missing', { untilHeight })
}
