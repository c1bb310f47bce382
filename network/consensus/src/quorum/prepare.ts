import { commitVoteBytes, type PreparedCertificate } from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import { addVote, type Draft, isQuorumOf, mayVote, withEntry } from './draft.ts'
import type { Prepare } from './messages.ts'
import type { Candidate, Roots } from './state.ts'

export function onPrepare(draft: Draft, prepare: Prepare): void {
  draft.state.prepares = addVote(draft, 'prepare', draft.state.prepares, prepare)
  seekPrepared(draft)
}

/** Whether a quorum prepared the current view's proposal; then the commit vote is next. */
export function seekPrepared(draft: Draft): void {
  const { state } = draft
  if (state.phase !== 'preparing' && state.phase !== 'checking') return
  const proposed = state.proposals.get(state.view)
  const votes = [...(state.prepares.get(state.view)?.values() ?? [])]
  if (proposed === undefined) return
  const agreeing = votes.filter(({ blockHash }) => equalBytes(blockHash, proposed.hash))
  const signers = agreeing.map(({ validatorIndex }) => validatorIndex)
  const candidate = state.candidates.get(toHex(proposed.hash))
  if (candidate === undefined || !isQuorumOf(state, signers)) return
  const certificate: PreparedCertificate = {
    height: state.height,
    view: state.view,
    blockHash: proposed.hash,
    signatures: agreeing
      .map(({ validatorIndex, signature }) => ({ validatorIndex, signature }))
      .sort((a, b) => a.validatorIndex - b.validatorIndex),
  }
  state.prepared = certificate
  state.phase = 'committing'
  seekCommitVote(draft, candidate)
}

/** Takes a prepared block towards its commit vote: judged, executed, voted for. */
export function seekCommitVote(draft: Draft, candidate: Candidate): void {
  const { state } = draft
  const { prepared } = state
  if (state.phase !== 'committing' || prepared === undefined || prepared.view !== state.view) return
  if (!equalBytes(prepared.blockHash, candidate.hash)) return
  switch (candidate.verdict) {
    case 'asked':
      return
    case 'unknown':
      // Not voted for, because its time was off; a quorum prepared it all the same.
      draft.putCandidate({ ...candidate, verdict: 'asked' })
      draft.effects.push({ kind: 'check', height: state.height, blockHash: candidate.hash, block: candidate.block })
      return
    case 'refused':
      state.trouble = `a quorum prepared a block that this node refuses: ${candidate.refusal}`
      draft.warn('refused block was prepared', { problem: candidate.refusal })
      return
    case 'accept':
      if (candidate.roots === undefined) execute(draft, candidate)
      else voteCommit(draft, candidate, candidate.roots)
  }
}

export function execute(draft: Draft, candidate: Candidate): void {
  if (candidate.execution !== 'none') return
  draft.putCandidate({ ...candidate, execution: 'asked' })
  const { height } = draft.state
  draft.effects.push({ kind: 'execute', height, blockHash: candidate.hash, block: candidate.block })
}

/** The vote carries what the own execution gave; it is cast at most once a view. */
function voteCommit(draft: Draft, candidate: Candidate, roots: Roots): void {
  const { state } = draft
  const { settings, height, view } = state
  const validatorIndex = state.members.self
  if (!mayVote(state) || validatorIndex === undefined) return
  if (view < state.votedView || state.ownCommits.has(view)) return
  const vote = { height, view, blockHash: candidate.hash, ...roots }
  const signature = settings.sign(commitVoteBytes(settings.chainId, vote))
  state.ownCommits = withEntry(state.ownCommits, view, toHex(candidate.hash))
  state.votedView = Math.max(state.votedView, view)
  const hash = toHex(candidate.hash)
  draft.record([{ kind: 'commit', body: { ...vote, validatorIndex, signature } }], { hash, prepared: state.prepared })
}
