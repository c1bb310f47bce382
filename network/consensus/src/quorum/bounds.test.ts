import assert from 'node:assert/strict'
import test from 'node:test'
import { blockHash, bodyMatchesHeader, MAX_MISBEHAVIOURS_PER_BLOCK, proposalVoteBytes } from '@cresset/core-chain'
import { utf8 } from '@cresset/core-codec'
import { sha256, signSync } from '@cresset/core-crypto'
import { evidenceToReport } from './draft.ts'
import type { Proposal } from './messages.ts'
import { MAX_CANDIDATES, MAX_EVIDENCE } from './state.ts'
import { chainId, codecs, keyAt, Replica } from './testing/replica.ts'

/** Proposer of height 1, view 0. */
const FIRST = 1
const signature = new Uint8Array(64)

test('many blocks of one proposer: a few are kept, one piece of evidence, and the first one still counts', () => {
  const proposer = new Replica(FIRST)
  proposer.transactions = [utf8('a transaction')]
  proposer.start()
  const [first] = proposer.takeSent().map(({ message }) => message)
  assert.ok(first?.kind === 'proposal')
  const replica = new Replica(0)
  replica.start()
  assert.equal(replica.receive(first), 'ok')
  const block = codecs.block.decode(first.body.block)
  assert.ok(bodyMatchesHeader(block))
  for (let count = 1; count <= 3 * MAX_CANDIDATES; count++) {
    const header = { ...block.header, timeMs: block.header.timeMs + count }
    const vote = { height: 1, view: 0, blockHash: blockHash(header) }
    const forged: Proposal = {
      ...first.body,
      block: codecs.block.encode({ ...block, header }),
      signature: signSync(keyAt(FIRST), proposalVoteBytes(chainId, vote)),
    }
    assert.equal(replica.receive({ kind: 'proposal', body: forged }), 'ok')
  }
  assert.ok(replica.state.candidates.size <= MAX_CANDIDATES, `${replica.state.candidates.size} candidates`)
  assert.equal(replica.state.evidence.length, 1)
  assert.deepEqual(replica.state.proposals.get(0)?.hash, blockHash(block.header))
})

test('evidence without end: so much is kept, and so much is reported in one block', () => {
  const replica = new Replica(0)
  replica.start()
  for (let view = 0; view < 3 * MAX_EVIDENCE; view++) {
    for (const content of ['one', 'another']) {
      const vote = { height: 1, view, blockHash: sha256(utf8(content)), validatorIndex: 3, signature }
      replica.takeChecked({ kind: 'prepare', prepare: vote })
    }
  }
  assert.equal(replica.state.evidence.length, MAX_EVIDENCE)
  assert.equal(evidenceToReport(replica.state).length, MAX_MISBEHAVIOURS_PER_BLOCK)
})

test('view changes without end: the highest of each validator, and one liar takes nobody along', () => {
  const replica = new Replica(0)
  replica.start()
  for (let view = 1; view <= 1_000; view++) {
    const claim = { validatorIndex: 3, preparedView: undefined, preparedHash: undefined, signature }
    replica.takeChecked({ kind: 'viewChange', viewChange: { height: 1, view, claim, prepared: undefined } })
  }
  assert.equal(replica.state.viewChanges.size, 1)
  assert.equal(replica.state.viewChanges.get(3)?.view, 1_000)
  assert.equal(replica.state.view, 0)
})
