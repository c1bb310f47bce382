import assert from 'node:assert/strict'
import test from 'node:test'
import { utf8 } from '@cresset/core-codec'
import { sha256, signSync } from '@cresset/core-crypto'
import { chainIdOf, validatorsOf } from './genesis.ts'
import {
  checkMisbehaviour,
  type Misbehaviour,
  misbehaviourCodec,
  misbehaviourOf,
  sameMisbehaviour,
  type VoteKind,
  type VoteStatement,
} from './misbehaviour.ts'
import { genesisOf, keyOf, votingKeysOf } from './testing/material.ts'
import { commitVoteBytes, prepareVoteBytes, proposalVoteBytes } from './votes.ts'

const genesis = genesisOf(4)
const chainId = chainIdOf(genesis)
const set = validatorsOf(genesis)
const keys = votingKeysOf(genesis)
const about = { validator: set.validators[1]!.key, height: 9, view: 2 }
const hash = (text: string): Uint8Array => sha256(utf8(text))

function side(kind: VoteKind, blockHash: Uint8Array, stateRoot = hash('state'), key = keys[1]!): VoteStatement {
  const vote = { height: about.height, view: about.view, blockHash }
  if (kind === 'commit') {
    const roots = { stateRoot, receiptsRoot: hash('receipts') }
    return { blockHash, ...roots, signature: signSync(key, commitVoteBytes(chainId, { ...vote, ...roots })) }
  }
  const bytes = kind === 'prepare' ? prepareVoteBytes(chainId, vote) : proposalVoteBytes(chainId, vote)
  return { blockHash, stateRoot: undefined, receiptsRoot: undefined, signature: signSync(key, bytes) }
}

const check = (misbehaviour: Misbehaviour): string => checkMisbehaviour(misbehaviour, chainId)

test('two different votes of one kind, height and view prove misbehaviour, in either order', () => {
  for (const kind of ['proposal', 'prepare', 'commit'] as const) {
    const [one, other] = [side(kind, hash('a')), side(kind, hash('b'))]
    const found = misbehaviourOf({ ...about, kind }, one, other)
    assert.equal(check(found), 'ok', kind)
    assert.deepEqual(misbehaviourOf({ ...about, kind }, other, one), found)
    assert.deepEqual(misbehaviourCodec.decode(misbehaviourCodec.encode(found)), found)
  }
  const roots = misbehaviourOf(
    { ...about, kind: 'commit' },
    side('commit', hash('a')),
    side('commit', hash('a'), hash('another state')),
  )
  assert.equal(check(roots), 'ok', 'two states for one block')
})

test('what proves nothing is told apart', () => {
  const [one, other] = [side('prepare', hash('a')), side('prepare', hash('b'))]
  const good = misbehaviourOf({ ...about, kind: 'prepare' }, one, other)
  assert.equal(check({ ...good, second: good.first }), 'no-contradiction')
  assert.equal(check({ ...good, first: good.second, second: good.first }), 'no-contradiction')
  assert.equal(check({ ...good, view: 3 }), 'bad-signature')
  assert.equal(check({ ...good, validator: set.validators[2]!.key }), 'bad-signature')
  assert.equal(check({ ...good, validator: keyOf('a stranger').publicKey }), 'bad-signature')
  assert.equal(check({ ...good, kind: 'proposal' }), 'bad-signature')
  assert.equal(check({ ...good, kind: 'commit' }), 'malformed')
  assert.equal(checkMisbehaviour(good, 'other-0000000000000000'), 'bad-signature')
})

test('a second report of one contradiction is recognised', () => {
  const first = misbehaviourOf({ ...about, kind: 'prepare' }, side('prepare', hash('a')), side('prepare', hash('b')))
  const again = misbehaviourOf({ ...about, kind: 'prepare' }, side('prepare', hash('a')), side('prepare', hash('c')))
  assert.ok(sameMisbehaviour(first, again))
  assert.ok(!sameMisbehaviour(first, { ...first, view: 3 }))
})
