import { type Block, type CommitCertificate, commitCertificateCodec } from '@cresset/core-chain'
import { equalBytes, toHex } from '@cresset/core-codec'
import { addVote, type Draft, isQuorumOf, saysTheSame } from './draft.ts'
import type { Commit } from './messages.ts'
import { execute, seekCommitVote } from './prepare.ts'
import { MAYBE_VOTED_HEIGHTS, type Roots } from './state.ts'

export function onCommit(draft: Draft, commit: Commit): void {
  draft.state.commits = addVote(draft, 'commit', draft.state.commits, commit)
  seekDecision(draft, commit.view)
}

/** Whether the commit votes of one view, any view, make a certificate. */
function seekDecision(draft: Draft, view: number): void {
  const { state } = draft
  const votes = [...(state.commits.get(view)?.values() ?? [])]
  if (state.decision !== undefined) return
  for (const vote of votes) {
    const agreeing = votes.filter((other) => saysTheSame(other, vote))
    const signers = agreeing.map(({ validatorIndex }) => validatorIndex)
    if (!isQuorumOf(state, signers)) continue
    const { height, blockHash, stateRoot, receiptsRoot } = vote
    const signatures = agreeing
      .map(({ validatorIndex, signature }) => ({ validatorIndex, signature }))
      .sort((a, b) => a.validatorIndex - b.validatorIndex)
    decide(draft, { height, view, blockHash, stateRoot, receiptsRoot, signatures }, undefined)
    return
  }
}

function decide(draft: Draft, certificate: CommitCertificate, encoded: Uint8Array | undefined): void {
  const { state } = draft
  noteForeignVote(draft, certificate)
  state.decision = { certificate, hash: certificate.blockHash, encoded, writing: false }
  state.phase = 'storing'
  state.trouble = undefined
  settle(draft)
}

/**
 * A vote of this node's key that its record does not hold: the record was restored from a backup, and the node must not vote
 * before it knows how far its votes went; or, once that is known, another process has the key.
 */
function noteForeignVote(draft: Draft, { height, view, signatures }: CommitCertificate): void {
  const { state } = draft
  const { self } = state.members
  if (!signatures.some(({ validatorIndex }) => validatorIndex === self) || state.ownCommits.has(view)) return
  if (state.recordCompleteFrom !== undefined && height >= state.recordCompleteFrom) {
    draft.effects.push({ kind: 'key-used-elsewhere', height, view })
  } else if (state.abstention === undefined && !state.settings.votesWithoutRecord) {
    state.abstention = { reason: 'record-lost', untilHeight: undefined }
    state.toldHeights = new Map()
    // The record is there, so after a restart only this entry says that it is not whole.
    draft.record([], { height: height + MAYBE_VOTED_HEIGHTS })
    draft.warn('a final block holds a vote that is not in the vote record', { height, view })
  }
}

/** Takes a final block to the disk: fetched when it is missing, executed, compared, written. */
export function settle(draft: Draft): void {
  const { state } = draft
  const { decision } = state
  if (decision === undefined || decision.writing || state.phase !== 'storing') return
  const candidate = state.candidates.get(toHex(decision.hash))
  if (candidate === undefined) {
    fetchDecided(draft)
    return
  }
  if (candidate.execution === 'none') execute(draft, candidate)
  if (candidate.execution !== 'done') return
  const { certificate } = decision
  if (candidate.roots === undefined || !sameRoots(candidate.roots, certificate)) {
    state.phase = 'diverged'
    state.trouble = `this node's state contradicts the certificate of height ${state.height}; it takes no further part`
    const { height } = state
    draft.effects.push({
      kind: 'diverged',
      cause: 'roots',
      height,
      block: candidate.bytes,
      certificate,
      own: candidate.roots,
    })
    return
  }
  state.decision = { ...decision, writing: true }
  draft.effects.push({
    kind: 'commit',
    transactions: candidate.block.transactions.length,
    height: state.height,
    blockHash: decision.hash,
    block: candidate.bytes,
    certificate: decision.encoded ?? commitCertificateCodec.encode(certificate),
  })
}

/** Asks those who signed, and who therefore hold the block. */
export function fetchDecided(draft: Draft): void {
  const { state } = draft
  if (state.decision === undefined) return
  const blockHash = state.decision.hash
  draft.armRepeatTimer()
  for (const { validatorIndex } of state.decision.certificate.signatures) {
    if (validatorIndex === state.members.self) continue
    draft.sendTo(validatorIndex, { kind: 'blockRequest', body: { height: state.height, blockHash } })
  }
}

function sameRoots(a: Roots, b: Roots): boolean {
  return equalBytes(a.stateRoot, b.stateRoot) && equalBytes(a.receiptsRoot, b.receiptsRoot)
}

export function onExecuted(
  draft: Draft,
  answer: { height: number; blockHash: Uint8Array; roots: Roots | undefined },
): void {
  const { state } = draft
  const candidate = state.candidates.get(toHex(answer.blockHash))
  if (answer.height !== state.height || candidate?.execution !== 'asked') return
  const executed = { ...candidate, execution: 'done' as const, roots: answer.roots }
  draft.putCandidate(executed)
  if (state.phase === 'committing' && answer.roots !== undefined) seekCommitVote(draft, executed)
  if (state.phase === 'storing') settle(draft)
}

/** A block with its certificate from another node decides the height whatever is going on here. */
export function onCertified(
  draft: Draft,
  certified: {
    block: Block
    bytes: Uint8Array
    certificate: CommitCertificate
    encodedCertificate: Uint8Array
  },
): void {
  const { state } = draft
  const { block, certificate } = certified
  if (block.header.height !== state.height || state.decision !== undefined) return
  if (!equalBytes(block.header.parentHash, state.parentHash)) {
    state.phase = 'diverged'
    state.trouble = `the certified block of height ${state.height} does not follow this node's block ${state.height - 1}`
    draft.warn('certified block has another parent')
    const { height } = state
    draft.effects.push({
      kind: 'diverged',
      cause: 'parent',
      height,
      block: certified.bytes,
      certificate,
      own: undefined,
    })
    return
  }
  if (!equalBytes(block.header.validatorsHash, state.members.hash)) {
    state.phase = 'diverged'
    state.trouble = `the certified block of height ${state.height} was decided by other validators than this node's state has`
    draft.warn('certified block has other validators')
    const { height } = state
    draft.effects.push({
      kind: 'diverged',
      cause: 'validators',
      height,
      block: certified.bytes,
      certificate,
      own: undefined,
    })
    return
  }
  draft.addCandidate(block, certified.bytes, certificate.blockHash, true)
  decide(draft, certificate, certified.encodedCertificate)
}
