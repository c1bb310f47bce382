import {
  type Block,
  blockHash,
  type Header,
  misbehaviourRoot,
  PROTOCOL_VERSION,
  prepareVoteBytes,
  proposalVoteBytes,
  transactionsRoot,
} from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import { type Draft, evidenceToReport, isProposer, mayVote, withEntry } from './draft.ts'
import { proposerOf } from './members.ts'
import type { Message, NewView } from './messages.ts'
import { seekCommitVote, seekPrepared } from './prepare.ts'
import type { Candidate, State } from './state.ts'
import type { CheckedProposal } from './verify.ts'

/** Whether a block is wanted, and what this node does about it: propose, or watch who must. */
export function considerBlock(draft: Draft, nowMs: number): void {
  const { state } = draft
  if (state.phase !== 'waiting' || state.view !== 0 || !(state.pending || state.due)) return
  draft.armViewTimer()
  if (isProposer(state) && mayVote(state) && state.paced && !state.ownProposals.has(0)) {
    buildBlock(draft, undefined, nowMs)
  }
}

/** Asks the application for transactions; `onBuilt` goes on. */
export function buildBlock(draft: Draft, newView: NewView | undefined, nowMs: number): void {
  const { state } = draft
  state.phase = 'building'
  state.newView = newView
  const timeMs = Math.max(nowMs, state.parentTimeMs + 1)
  draft.effects.push({ kind: 'build', height: state.height, view: state.view, timeMs })
}

export function onBuilt(
  draft: Draft,
  built: { height: number; view: number; timeMs: number; transactions: readonly Uint8Array[] },
): void {
  const { state } = draft
  if (state.phase !== 'building' || built.height !== state.height || built.view !== state.view) return
  const misbehaviour = evidenceToReport(state)
  if (built.transactions.length === 0 && !state.due && state.view === 0 && misbehaviour.length === 0) {
    // What waits cannot stand in a block yet; an empty one would help nobody.
    state.phase = 'waiting'
    state.pending = false
    return
  }
  const { settings, members, nextMembers } = state
  const proposer = members.set.validators[proposerOf(members, state.height, state.view)]
  if (proposer === undefined) throw new Error('the proposer is not in the set')
  const transactions = [...built.transactions]
  const header: Header = {
    protocolVersion: PROTOCOL_VERSION,
    chainId: settings.chainId,
    height: state.height,
    timeMs: built.timeMs,
    proposer: proposer.account,
    parentHash: state.parentHash,
    transactionsRoot: transactionsRoot(transactions),
    misbehaviourRoot: misbehaviourRoot(misbehaviour),
    validatorsHash: members.hash,
    nextValidatorsHash: nextMembers.hash,
  }
  const block: Block = { header, transactions, misbehaviour }
  const bytes = settings.codecs.block.encode(block)
  const candidate = draft.addCandidate(block, bytes, blockHash(header), true)
  if (candidate === undefined) throw new Error('no room for an own block')
  // The application chose the transactions by its own rules a moment ago.
  const accepted: Candidate = { ...candidate, verdict: 'accept' }
  draft.putCandidate(accepted)
  propose(draft, accepted, state.newView)
}

/** Puts a block before the others in the current view, with the own prepare vote when the block is known to be good. */
export function propose(draft: Draft, candidate: Candidate, newView: NewView | undefined): void {
  const { state } = draft
  const { settings, height, view } = state
  const { hash } = candidate
  const signature = settings.sign(proposalVoteBytes(settings.chainId, { height, view, blockHash: hash }))
  const fresh = newView?.prepared === undefined
  state.ownProposals = withEntry(state.ownProposals, view, toHex(hash))
  state.proposals = withEntry(state.proposals, view, { hash, signature, fresh })
  state.votedView = Math.max(state.votedView, view)
  state.newView = undefined
  const messages: Message[] = [{ kind: 'proposal', body: { height, view, block: candidate.bytes, signature, newView } }]
  draft.armViewTimer()
  state.phase = 'preparing'
  if (candidate.verdict === 'accept' && !state.ownPrepares.has(view)) messages.push(prepareMessage(draft, hash))
  draft.record(messages, { hash: toHex(hash), prepared: newView?.prepared })
  if (candidate.verdict !== 'accept') judge(draft, candidate)
}

/** The own prepare vote of the current view, noted as cast. */
function prepareMessage(draft: Draft, hash: Uint8Array): Message {
  const { state } = draft
  const { settings, height, view } = state
  const signature = settings.sign(prepareVoteBytes(settings.chainId, { height, view, blockHash: hash }))
  state.ownPrepares = withEntry(state.ownPrepares, view, toHex(hash))
  state.votedView = Math.max(state.votedView, view)
  return {
    kind: 'prepare',
    body: { height, view, blockHash: hash, validatorIndex: state.members.self ?? 0, signature },
  }
}

export function onProposal(draft: Draft, message: CheckedProposal, nowMs: number): void {
  const { state } = draft
  const { proposal, block, blockHash: hash } = message
  const { view } = proposal
  const seen = state.proposals.get(view)
  draft.addCandidate(block, proposal.block, hash, false)
  if (seen !== undefined && !equalBytes(seen.hash, hash)) {
    const validatorIndex = proposerOf(state.members, state.height, view)
    const roots = { stateRoot: undefined, receiptsRoot: undefined }
    draft.accuse(
      { kind: 'proposal', height: state.height, view, validatorIndex },
      { blockHash: seen.hash, ...roots, signature: seen.signature },
      { blockHash: hash, ...roots, signature: proposal.signature },
    )
    return
  }
  if (seen === undefined) {
    const fresh = proposal.newView?.prepared === undefined
    state.proposals = withEntry(state.proposals, view, { hash, signature: proposal.signature, fresh })
  }
  if (view > state.view) enterView(draft, view)
  const open = state.phase === 'waiting' || state.phase === 'changing-view'
  if (view === state.view && open) acceptProposal(draft, nowMs)
}

/** Follows a quorum into its view. No promise is made by it, so nothing is recorded. */
export function enterView(draft: Draft, view: number): void {
  const { state } = draft
  state.view = view
  state.phase = 'waiting'
  state.own = []
  state.newView = undefined
  state.viewTimerArmed = false
  state.viewTimerExtended = false
  draft.armViewTimer()
}

/** Judges the proposal of the current view as far as the engine can, then lets the application. */
function acceptProposal(draft: Draft, nowMs: number): void {
  const { state } = draft
  const seen = state.proposals.get(state.view)
  const candidate = seen === undefined ? undefined : state.candidates.get(toHex(seen.hash))
  if (seen === undefined || candidate === undefined) return
  draft.armViewTimer()
  state.phase = 'preparing'
  const problem = headerProblem(state, candidate.block.header, seen.fresh)
  const late = seen.fresh ? timeProblem(state, candidate.block.header.timeMs, nowMs) : undefined
  draft.extendViewTimer(problem === undefined && late === undefined ? 'sound' : 'refused')
  if (problem !== undefined) {
    draft.putCandidate({ ...candidate, verdict: 'refused', refusal: problem })
    draft.warn('proposal refused', { problem })
    return
  }
  if (late !== undefined) {
    // Not refused for good: prepared by others it must still be executed.
    state.clockTrouble = late
    draft.warn('proposal not voted for', { problem: late })
  } else {
    if (seen.fresh) state.clockTrouble = undefined
    judge(draft, candidate)
  }
  seekPrepared(draft)
}

function headerProblem(state: State, header: Header, fresh: boolean): string | undefined {
  const { members, nextMembers } = state
  if (header.protocolVersion !== PROTOCOL_VERSION) return 'protocol-version'
  if (!equalBytes(header.parentHash, state.parentHash)) return 'parent'
  if (header.timeMs <= state.parentTimeMs) return 'time-not-rising'
  if (!equalBytes(header.validatorsHash, members.hash)) return 'validators'
  if (!equalBytes(header.nextValidatorsHash, nextMembers.hash)) return 'next-validators'
  const { validators } = members.set
  const maker = validators[proposerOf(members, state.height, state.view)]
  if (fresh && (maker === undefined || !equalBytes(header.proposer, maker.account))) return 'proposer'
  // A block proposed again was made in an earlier view, by one of us.
  if (!validators.some(({ account }) => equalBytes(account, header.proposer))) return 'proposer'
  return undefined
}

function timeProblem(state: State, timeMs: number, nowMs: number): string | undefined {
  const { maxAheadMs, maxBehindMs } = state.settings.timing
  // No block can be dated earlier, so nobody gains by it; refusing would halt a network whose clocks were once ahead.
  if (timeMs === state.parentTimeMs + 1) return undefined
  if (timeMs > nowMs + maxAheadMs) return `block time is ${timeMs - nowMs} ms ahead of this node's clock`
  if (timeMs < nowMs - maxBehindMs) return `block time is ${nowMs - timeMs} ms behind this node's clock`
  return undefined
}

/** Lets the application judge a block once; votes when it had accepted it before. */
export function judge(draft: Draft, candidate: Candidate): void {
  const { state } = draft
  if (candidate.verdict === 'accept') votePrepare(draft, candidate)
  if (candidate.verdict !== 'unknown' && candidate.verdict !== 'asked') return
  if (state.phase === 'preparing') state.phase = 'checking'
  if (candidate.verdict === 'asked') return
  draft.putCandidate({ ...candidate, verdict: 'asked' })
  draft.effects.push({ kind: 'check', height: state.height, blockHash: candidate.hash, block: candidate.block })
}

export function onChecked(draft: Draft, answer: { height: number; blockHash: Uint8Array; code: string }): void {
  const { state } = draft
  const candidate = state.candidates.get(toHex(answer.blockHash))
  if (answer.height !== state.height || candidate === undefined || candidate.verdict !== 'asked') return
  const accepted = answer.code === 'accept'
  const judged: Candidate = accepted
    ? { ...candidate, verdict: 'accept' }
    : { ...candidate, verdict: 'refused', refusal: answer.code }
  draft.putCandidate(judged)
  if (!accepted) draft.warn('proposal refused', { problem: answer.code })
  if (state.phase === 'checking') {
    state.phase = 'preparing'
    if (accepted) votePrepare(draft, judged)
    seekPrepared(draft)
  } else seekCommitVote(draft, judged)
}

/** Votes for the current view's proposal, at most once and in no view below one voted in. */
function votePrepare(draft: Draft, candidate: Candidate): void {
  const { state } = draft
  const proposed = state.proposals.get(state.view)
  if (proposed === undefined || !equalBytes(proposed.hash, candidate.hash)) return
  if (!mayVote(state) || state.view < state.votedView || state.ownPrepares.has(state.view)) return
  draft.record([prepareMessage(draft, candidate.hash)], { hash: toHex(candidate.hash) })
}
