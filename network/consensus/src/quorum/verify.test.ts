import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type Block,
  blockHash,
  misbehaviourOf,
  misbehaviourRoot,
  prepareVoteBytes,
  proposalVoteBytes,
} from '@cresset/core-chain'
import { utf8 } from '@cresset/core-codec'
import { checkSignature, sha256, signSync } from '@cresset/core-crypto'
import { type Message, type Proposal, type ViewChange, viewChangeBytes } from './messages.ts'
import { chainId, codecs, keyAt, Replica, validators } from './testing/replica.ts'
import { verifyMessage } from './verify.ts'

const context = { chainId, validators, block: codecs.block, check: checkSignature }
type Signed = Parameters<typeof verifyMessage>[0]
const codeOf = (message: Message): string => verifyMessage(message as Signed, context).code

/** Proposer of height 1, view 0 is validator 1; of view 1, validator 2. */
function firstProposal(): Proposal {
  const proposer = new Replica(1)
  proposer.transactions = [utf8('a transaction')]
  proposer.start()
  const [message] = proposer.takeSent().map((sent) => sent.message)
  assert.ok(message?.kind === 'proposal')
  return message.body
}

const proposal = firstProposal()
const block = codecs.block.decode(proposal.block)

/** The block signed by a validator as its proposal of a view. */
function proposed(changed: Block, over: Partial<Proposal> = {}, signer = 1): Message {
  const { height, view } = { ...proposal, ...over }
  const vote = { height, view, blockHash: blockHash(changed.header) }
  const signature = signSync(keyAt(signer), proposalVoteBytes(chainId, vote))
  return { kind: 'proposal', body: { ...proposal, block: codecs.block.encode(changed), signature, ...over } }
}

function preparedBy(signers: readonly number[], view = 0, hash = blockHash(block.header)): ViewChange['prepared'] {
  const vote = { height: 1, view, blockHash: hash }
  const message = prepareVoteBytes(chainId, vote)
  const signatures = signers.map((validatorIndex) => ({
    validatorIndex,
    signature: signSync(keyAt(validatorIndex), message),
  }))
  return { ...vote, signatures }
}

function viewChange(validatorIndex: number, view: number, prepared?: ViewChange['prepared']): ViewChange {
  const claim = { preparedView: prepared?.view, preparedHash: prepared?.blockHash }
  const signature = signSync(keyAt(validatorIndex), viewChangeBytes(chainId, { height: 1, view }, claim))
  return { height: 1, view, claim: { validatorIndex, ...claim, signature }, prepared }
}

test('a proposal of view 0: its proposer, its block, and nothing else', () => {
  assert.equal(codeOf({ kind: 'proposal', body: proposal }), 'ok')
  assert.equal(codeOf(proposed(block, {}, 2)), 'bad-signature')
  assert.equal(codeOf({ kind: 'proposal', body: { ...proposal, block: utf8('no block') } }), 'bad-block')
  assert.equal(codeOf(proposed({ ...block, header: { ...block.header, height: 2 } })), 'bad-block')
  assert.equal(codeOf(proposed({ ...block, header: { ...block.header, chainId: 'other' } })), 'bad-block')
  assert.equal(codeOf(proposed({ ...block, transactions: [utf8('another')] })), 'bad-block')
  assert.equal(codeOf({ kind: 'proposal', body: { ...proposal, signature: new Uint8Array(64) } }), 'bad-signature')
  const newView = { viewChanges: [viewChange(0, 1).claim], prepared: undefined }
  assert.equal(codeOf({ kind: 'proposal', body: { ...proposal, newView } }), 'no-new-view')
})

test('evidence in a block must prove something, once', () => {
  const side = (text: string, signer: number) => {
    const hash = sha256(utf8(text))
    const signature = signSync(keyAt(signer), prepareVoteBytes(chainId, { height: 1, view: 0, blockHash: hash }))
    return { blockHash: hash, stateRoot: undefined, receiptsRoot: undefined, signature }
  }
  const about = { kind: 'prepare', validator: validators.validators[3]!.key, height: 1, view: 0 } as const
  const good = misbehaviourOf(about, side('one', 3), side('other', 3))
  const foreign = misbehaviourOf(about, side('one', 3), side('other', 2))
  const later = { ...good, height: 2 }
  const withEvidence = (misbehaviour: Block['misbehaviour']): string => {
    const header = { ...block.header, misbehaviourRoot: misbehaviourRoot(misbehaviour) }
    return codeOf(proposed({ ...block, header, misbehaviour }))
  }
  assert.equal(withEvidence([good]), 'ok')
  assert.equal(withEvidence([good, good]), 'bad-misbehaviour')
  assert.equal(withEvidence([foreign]), 'bad-misbehaviour')
  assert.equal(withEvidence([later]), 'bad-misbehaviour')
})

test('votes: good from a member under its own index only', () => {
  const vote = { height: 1, view: 0, blockHash: blockHash(block.header) }
  const signature = signSync(keyAt(2), prepareVoteBytes(chainId, vote))
  assert.equal(codeOf({ kind: 'prepare', body: { ...vote, validatorIndex: 2, signature } }), 'ok')
  assert.equal(codeOf({ kind: 'prepare', body: { ...vote, validatorIndex: 1, signature } }), 'bad-signature')
  assert.equal(codeOf({ kind: 'prepare', body: { ...vote, validatorIndex: 4, signature } }), 'unknown-signer')
  assert.equal(codeOf({ kind: 'prepare', body: { ...vote, view: 1, validatorIndex: 2, signature } }), 'bad-signature')
  // A prepare vote is not a commit vote: another tag.
  const roots = { stateRoot: new Uint8Array(32), receiptsRoot: new Uint8Array(32) }
  assert.equal(codeOf({ kind: 'commit', body: { ...vote, ...roots, validatorIndex: 2, signature } }), 'bad-signature')
})

test('a view change proves what it claims', () => {
  const prepared = preparedBy([0, 1, 2])!
  const good = viewChange(0, 1, prepared)
  const of = (body: ViewChange): string => codeOf({ kind: 'viewChange', body })
  assert.equal(of(good), 'ok')
  assert.equal(of(viewChange(0, 1)), 'ok')
  assert.equal(of({ ...good, prepared: undefined }), 'bad-claim')
  assert.equal(of({ ...viewChange(0, 1), prepared }), 'bad-claim')
  assert.equal(of(viewChange(0, 1, preparedBy([0, 1]))), 'bad-claim')
  assert.equal(of(viewChange(0, 1, preparedBy([0, 1, 2], 1))), 'bad-claim', 'prepared in no lower view')
  assert.equal(of({ ...good, prepared: preparedBy([0, 1, 2], 0, sha256(utf8('another'))) }), 'bad-claim')
  assert.equal(of({ ...good, view: 2 }), 'bad-signature')
  assert.equal(of({ ...good, claim: { ...good.claim, validatorIndex: 3 } }), 'bad-signature')
})

test('a new view needs the view changes of a quorum, and the block that they oblige to', () => {
  const changes = [0, 1, 2].map((index) => viewChange(index, 1).claim)
  // Validator 2 proposes view 1; any block is fresh there.
  const inViewOne = (changed: Block, newView: Proposal['newView']): string =>
    codeOf(proposed(changed, { view: 1, newView }, 2))
  assert.equal(inViewOne(block, { viewChanges: changes, prepared: undefined }), 'ok')
  assert.equal(inViewOne(block, undefined), 'no-new-view')
  assert.equal(inViewOne(block, { viewChanges: changes.slice(1), prepared: undefined }), 'no-new-view')
  const twice = [changes[0]!, changes[1]!, changes[1]!]
  assert.equal(inViewOne(block, { viewChanges: twice, prepared: undefined }), 'no-new-view')
  const forged = [...changes.slice(0, 2), { ...changes[1]!, validatorIndex: 2 }]
  assert.equal(inViewOne(block, { viewChanges: forged, prepared: undefined }), 'bad-signature')
  const otherView = [...changes.slice(0, 2), viewChange(2, 2).claim]
  assert.equal(inViewOne(block, { viewChanges: otherView, prepared: undefined }), 'bad-signature')

  const prepared = preparedBy([0, 1, 3])!
  const claimed = [viewChange(0, 1, prepared).claim, changes[1]!, changes[2]!]
  const twin = { ...block, header: { ...block.header, timeMs: block.header.timeMs + 1 } }
  assert.equal(inViewOne(block, { viewChanges: claimed, prepared }), 'ok')
  assert.equal(inViewOne(twin, { viewChanges: claimed, prepared }), 'not-the-prepared-block')
  assert.equal(inViewOne(twin, { viewChanges: claimed, prepared: undefined }), 'bad-claim')
  assert.equal(
    inViewOne(twin, { viewChanges: claimed, prepared: preparedBy([0, 1, 3], 0, blockHash(twin.header)) }),
    'bad-claim',
  )
  assert.equal(inViewOne(block, { viewChanges: changes, prepared }), 'bad-claim')
})

test('no message of any kind verifies under another chain id', () => {
  const other = { ...context, chainId: 'steps-test-2' }
  const prepared = preparedBy([0, 1, 2])!
  const vote = { height: 1, view: 0, blockHash: blockHash(block.header) }
  const signature = signSync(keyAt(2), prepareVoteBytes(chainId, vote))
  const messages: Signed[] = [
    { kind: 'proposal', body: proposal },
    { kind: 'prepare', body: { ...vote, validatorIndex: 2, signature } },
    { kind: 'viewChange', body: viewChange(0, 1, prepared) },
  ]
  for (const message of messages) assert.notEqual(verifyMessage(message, other).code, 'ok')
})
