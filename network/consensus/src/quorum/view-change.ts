import { powerOf } from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import { type Draft, isProposer, isQuorumOf, mayVote, withEntry } from './draft.ts'
import { type NewView, type ViewChange, viewChangeBytes } from './messages.ts'
import { buildBlock, propose } from './propose.ts'
import type { State } from './state.ts'

/** The view took too long. */
export function onViewTimeout(draft: Draft, nowMs: number): void {
  const { state } = draft
  if (!state.viewTimerArmed || state.phase === 'storing' || state.phase === 'diverged') return
  state.viewTimerArmed = false
  if (state.view === 0) {
    // What made us wait is gone, and nobody proposed: all is well.
    if (state.phase === 'waiting' && !state.pending && !state.due) return
    changeView(draft, 1, nowMs)
  } else if (quorumReached(state, state.view)) changeView(draft, state.view + 1, nowMs)
  else {
    // Alone with this view: going on would only lead further away from the others.
    sendOwn(draft)
    draft.armViewTimer()
  }
}

/** Whether a quorum, this node with it, is in the view or above. */
function quorumReached(state: State, view: number): boolean {
  if (state.proposals.has(view)) return true
  const there = new Set<number>()
  if (state.members.self !== undefined) there.add(state.members.self)
  for (const [index, change] of state.viewChanges) if (change.view >= view) there.add(index)
  // A vote in a view shows as well that its sender is there: after a restart it may have nothing else to show.
  for (const votes of [state.prepares, state.commits]) {
    for (const [ofView, voters] of votes) if (ofView >= view) for (const index of voters.keys()) there.add(index)
  }
  return isQuorumOf(state, there)
}

/** Asks for a view with the highest block prepared so far; from now on no vote in a lower view. */
export function changeView(draft: Draft, view: number, nowMs: number): void {
  const { state } = draft
  const { settings, height, prepared } = state
  const validatorIndex = state.members.self
  if (!mayVote(state) || validatorIndex === undefined || view <= state.view) return
  draft.log('view change', { to: view, phase: state.phase })
  state.view = view
  state.phase = 'changing-view'
  state.votedView = Math.max(state.votedView, view)
  state.own = []
  state.newView = undefined
  state.viewTimerArmed = false
  state.viewTimerExtended = false
  const claim = { preparedView: prepared?.view, preparedHash: prepared?.blockHash }
  const signature = settings.sign(viewChangeBytes(settings.chainId, { height, view }, claim))
  const body: ViewChange = {
    height,
    view,
    claim: { validatorIndex, ...claim, signature },
    prepared,
  }
  const about = prepared === undefined ? {} : { hash: toHex(prepared.blockHash), prepared }
  draft.record([{ kind: 'viewChange', body }], about)
  draft.armViewTimer()
  seekNewView(draft, nowMs)
}

export function onViewChange(draft: Draft, change: ViewChange, nowMs: number): void {
  const { state } = draft
  const index = change.claim.validatorIndex
  const held = state.viewChanges.get(index)
  if (held === undefined || held.view < change.view) {
    state.viewChanges = withEntry(state.viewChanges, index, change)
  }
  const witnessed = witnessedView(state)
  if (witnessed > state.view) changeView(draft, witnessed, nowMs)
  else seekNewView(draft, nowMs)
}

/** Highest view that at least one honest validator asked for. */
function witnessedView(state: State): number {
  const { set, self, witnessPower } = state.members
  const others = [...state.viewChanges].filter(([index]) => index !== self)
  const views = others.map(([, change]) => change.view).sort((a, b) => b - a)
  for (const view of views) {
    const there = others.filter(([, change]) => change.view >= view).map(([index]) => index)
    if (powerOf(set, there) >= witnessPower) return view
  }
  return 0
}

/** The new view's proposer starts it when a quorum asked for it: with the highest prepared block, or a fresh one. */
export function seekNewView(draft: Draft, nowMs: number): void {
  const { state } = draft
  if (state.phase !== 'changing-view' || !isProposer(state) || !mayVote(state)) return
  if (state.ownProposals.has(state.view)) return
  const changes = [...state.viewChanges.values()]
    .filter((change) => change.view === state.view)
    .sort((a, b) => a.claim.validatorIndex - b.claim.validatorIndex)
  const signers = changes.map(({ claim }) => claim.validatorIndex)
  if (!isQuorumOf(state, signers)) return
  let highest: ViewChange['prepared']
  for (const { prepared } of changes) {
    if (prepared !== undefined && prepared.view > (highest?.view ?? -1)) highest = prepared
  }
  const newView: NewView = { viewChanges: changes.map(({ claim }) => claim), prepared: highest }
  if (highest === undefined) {
    buildBlock(draft, newView, nowMs)
    return
  }
  const candidate = state.candidates.get(toHex(highest.blockHash))
  if (candidate !== undefined) propose(draft, candidate, newView)
  else fetchPrepared(draft, highest.blockHash)
}

/** Asks those whose claims name the block. */
function fetchPrepared(draft: Draft, blockHash: Uint8Array): void {
  const { state } = draft
  draft.armRepeatTimer()
  for (const { claim } of state.viewChanges.values()) {
    const holds = claim.preparedHash !== undefined && equalBytes(claim.preparedHash, blockHash)
    if (!holds || claim.validatorIndex === state.members.self) continue
    draft.sendTo(claim.validatorIndex, { kind: 'blockRequest', body: { height: state.height, blockHash } })
  }
}

/** Own messages of this view once more, to all: any of them may have been lost. */
export function sendOwn(draft: Draft): void {
  const { state } = draft
  const votes = state.prepares.get(state.view)
  for (const message of state.own) {
    if (message.kind !== 'proposal') {
      draft.sendAll(message)
      continue
    }
    // The block is long: only to those who have not voted for it.
    state.members.peers.forEach((_, index) => {
      if (index !== state.members.self && votes?.get(index) === undefined) draft.sendTo(index, message)
    })
  }
}
