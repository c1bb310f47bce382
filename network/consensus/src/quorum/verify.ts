import {
  type Block,
  blockHash,
  bodyMatchesHeader,
  checkMisbehaviour,
  checkPreparedCertificate,
  commitVoteBytes,
  decides,
  prepareVoteBytes,
  proposalVoteBytes,
  proposerIndex,
  type SignatureCheck,
  sameMisbehaviour,
  type ValidatorSet,
} from '@cresset/core-chain'
import { type Codec, CodecError, equalBytes } from '@cresset/core-codec'
import {
  type Commit,
  type NewView,
  type Prepare,
  type Proposal,
  type ViewChange,
  type ViewChangeClaim,
  viewChangeBytes,
} from './messages.ts'

/** A proposal whose signature, block and new view were checked; time, parent and rules of execution were not. */
export interface CheckedProposal {
  readonly kind: 'proposal'
  readonly proposal: Proposal
  readonly block: Block
  readonly blockHash: Uint8Array
}

/** What `step` takes: every signature in it is good. */
export type CheckedMessage =
  | CheckedProposal
  | { readonly kind: 'prepare'; readonly prepare: Prepare }
  | { readonly kind: 'commit'; readonly commit: Commit }
  | { readonly kind: 'viewChange'; readonly viewChange: ViewChange }

/**
 * - `unknown-signer`: an index outside the set
 * - `bad-signature`: the signature, or one of a certificate inside, is not good
 * - `bad-block`: the block cannot be decoded, is of another height or chain, or does not match its header
 * - `bad-misbehaviour`: evidence in the block proves nothing, or twice the same
 * - `bad-claim`: a view change's claim and its certificate do not belong together
 * - `no-new-view`: a view above 0 without the view changes of a quorum, or view 0 with some
 * - `not-the-prepared-block`: the new view obliges its proposer to another block
 */
export type VerifyCode =
  | 'unknown-signer'
  | 'bad-signature'
  | 'bad-block'
  | 'bad-misbehaviour'
  | 'bad-claim'
  | 'no-new-view'
  | 'not-the-prepared-block'

export interface VerifyContext {
  readonly chainId: string
  /** Set of the message's height. */
  readonly validators: ValidatorSet
  readonly block: Codec<Block>
  readonly check: SignatureCheck
}

export type Verdict = { readonly code: 'ok'; readonly message: CheckedMessage } | { readonly code: VerifyCode }

type SignedMessage =
  | { kind: 'proposal'; body: Proposal }
  | { kind: 'prepare'; body: Prepare }
  | { kind: 'commit'; body: Commit }
  | { kind: 'viewChange'; body: ViewChange }

/** Checks all that a message proves by itself. Pure and free of state, so that it can run anywhere and in any order. */
export function verifyMessage(message: SignedMessage, context: VerifyContext): Verdict {
  switch (message.kind) {
    case 'proposal':
      return verifyProposal(message.body, context)
    case 'prepare': {
      const prepare = message.body
      const code = verifyVote(prepare, prepareVoteBytes(context.chainId, prepare), context)
      return code === 'ok' ? { code, message: { kind: 'prepare', prepare } } : { code }
    }
    case 'commit': {
      const commit = message.body
      const code = verifyVote(commit, commitVoteBytes(context.chainId, commit), context)
      return code === 'ok' ? { code, message: { kind: 'commit', commit } } : { code }
    }
    case 'viewChange': {
      const code = verifyViewChange(message.body, context)
      return code === 'ok' ? { code, message: { kind: 'viewChange', viewChange: message.body } } : { code }
    }
  }
}

function verifyVote(
  vote: { validatorIndex: number; signature: Uint8Array },
  bytes: Uint8Array,
  { validators, check }: VerifyContext,
): 'ok' | VerifyCode {
  const signer = validators.validators[vote.validatorIndex]
  if (signer === undefined) return 'unknown-signer'
  return check(signer.key, bytes, vote.signature) ? 'ok' : 'bad-signature'
}

function verifyViewChange(change: ViewChange, context: VerifyContext): 'ok' | VerifyCode {
  const { claim, prepared } = change
  if (!claimMatches(change, claim, prepared)) return 'bad-claim'
  const code = verifyVote(claim, viewChangeBytes(context.chainId, change, claim), context)
  if (code !== 'ok' || prepared === undefined) return code
  const certified = checkPreparedCertificate(prepared, context.validators, context.chainId, context.check)
  return certified === 'ok' ? 'ok' : 'bad-claim'
}

function claimMatches(
  { height, view }: { height: number; view: number },
  claim: ViewChangeClaim,
  prepared: ViewChange['prepared'],
): boolean {
  if (view === 0) return false
  if (claim.preparedView === undefined || claim.preparedHash === undefined) {
    return claim.preparedView === undefined && claim.preparedHash === undefined && prepared === undefined
  }
  return (
    prepared !== undefined &&
    prepared.height === height &&
    prepared.view < view &&
    prepared.view === claim.preparedView &&
    equalBytes(prepared.blockHash, claim.preparedHash)
  )
}

function verifyProposal(proposal: Proposal, context: VerifyContext): Verdict {
  const { chainId, validators, check } = context
  const { height, view } = proposal
  const proposer = validators.validators[proposerIndex(validators, height, view)]
  if (proposer === undefined) return { code: 'unknown-signer' }
  const block = decodeBlock(proposal.block, context.block)
  if (block === undefined || block.header.height !== height || block.header.chainId !== chainId) {
    return { code: 'bad-block' }
  }
  const hash = blockHash(block.header)
  // The signature first: without it nobody but the proposer can make us hash a whole block.
  if (!check(proposer.key, proposalVoteBytes(chainId, { height, view, blockHash: hash }), proposal.signature)) {
    return { code: 'bad-signature' }
  }
  if (!bodyMatchesHeader(block)) return { code: 'bad-block' }
  for (const [index, misbehaviour] of block.misbehaviour.entries()) {
    const again = block.misbehaviour.slice(0, index).some((other) => sameMisbehaviour(other, misbehaviour))
    const known = misbehaviour.height <= height && checkMisbehaviour(misbehaviour, chainId) === 'ok'
    if (again || !known) return { code: 'bad-misbehaviour' }
  }
  const code = verifyNewView(proposal, proposal.newView, hash, context)
  return code === 'ok' ? { code, message: { kind: 'proposal', proposal, block, blockHash: hash } } : { code }
}

function verifyNewView(
  target: { height: number; view: number },
  newView: NewView | undefined,
  hash: Uint8Array,
  context: VerifyContext,
): 'ok' | VerifyCode {
  const { validators, chainId, check } = context
  if (target.view === 0) return newView === undefined ? 'ok' : 'no-new-view'
  if (newView === undefined) return 'no-new-view'
  const { viewChanges, prepared } = newView
  let previous = -1
  let highest: ViewChangeClaim | undefined
  for (const claim of viewChanges) {
    if (claim.validatorIndex <= previous) return 'no-new-view'
    previous = claim.validatorIndex
    if ((claim.preparedView === undefined) !== (claim.preparedHash === undefined)) return 'bad-claim'
    if (claim.preparedView !== undefined) {
      if (claim.preparedView >= target.view) return 'bad-claim'
      if (highest?.preparedView === undefined || claim.preparedView > highest.preparedView) highest = claim
    }
  }
  const signers = viewChanges.map(({ validatorIndex }) => validatorIndex)
  if (!decides(validators, signers)) return 'no-new-view'
  for (const claim of viewChanges) {
    const code = verifyVote(claim, viewChangeBytes(chainId, target, claim), context)
    if (code !== 'ok') return code
  }
  if (highest === undefined) return prepared === undefined ? 'ok' : 'bad-claim'
  if (!claimMatches(target, highest, prepared) || prepared === undefined) return 'bad-claim'
  if (checkPreparedCertificate(prepared, validators, chainId, check) !== 'ok') return 'bad-claim'
  return equalBytes(prepared.blockHash, hash) ? 'ok' : 'not-the-prepared-block'
}

/** Undefined when the bytes are not a block. */
export function decodeBlock(bytes: Uint8Array, codec: Codec<Block>): Block | undefined {
  try {
    return codec.decode(bytes)
  } catch (error) {
    if (error instanceof CodecError) return undefined
    throw error
  }
}
