import assert from 'node:assert/strict'
import test from 'node:test'
import { blockHash, checkMisbehaviour, commitCertificateCodec, proposalVoteBytes } from '@cresset/core-chain'
import { toHex, utf8 } from '@cresset/core-codec'
import { sha256, signSync } from '@cresset/core-crypto'
import type { Message } from './messages.ts'
import { defaultTiming } from './settings.ts'
import {
  Cluster,
  chainId,
  codecs,
  genesisParent,
  hashOf,
  keyAt,
  peerOf,
  Replica,
  rootsOf,
  validators,
} from './testing/replica.ts'
import { troubleOf } from './trouble.ts'

const transaction = utf8('a transaction')
/** Proposer of height 1, view 0 is validator 1; of view 1, validator 2. */
const FIRST = 1
const SECOND = 2

/** What replicas send until every one of the four voted for the first block; then nothing is delivered any more. */
function preparedEverywhere(): Cluster {
  const cluster = new Cluster()
  cluster.lose = (_from, _to, { kind }) => kind === 'commit'
  for (const replica of cluster.replicas) replica.transactions = [transaction]
  cluster.start()
  cluster.settle()
  for (const replica of cluster.replicas) assert.equal(replica.state.phase, 'committing')
  return cluster
}

function proposalsOf(replica: Replica): Extract<Message, { kind: 'proposal' }>[] {
  return replica.effects
    .filter((effect) => effect.kind === 'send')
    .map(({ message }) => message)
    .filter((message) => message.kind === 'proposal')
}

test('four replicas decide one block: pre-prepare, prepare, commit, a certificate of distinct signers', () => {
  const cluster = new Cluster()
  cluster.replicas[FIRST]!.transactions = [transaction]
  cluster.lose = (_from, _to, { body }) => body.height > 1
  cluster.start()
  cluster.settle()
  const blocks = cluster.replicas.map((replica) => replica.committed())
  for (const committed of blocks) assert.deepEqual(committed, blocks[0])
  assert.equal(blocks[0]!.length, 1)
  const commit = cluster.replicas[0]!.effects.find((effect) => effect.kind === 'commit')!
  const certificate = commitCertificateCodec.decode(commit.certificate)
  const signers = certificate.signatures.map(({ validatorIndex }) => validatorIndex)
  assert.deepEqual(signers, [...new Set(signers)].sort())
  assert.ok(signers.length >= 3)
  assert.deepEqual(certificate.stateRoot, rootsOf(certificate.blockHash).stateRoot)
})

test('nothing leaves before its record is durable, and the own vote counts only then', () => {
  const proposer = new Replica(FIRST)
  proposer.transactions = [transaction]
  proposer.diskWaits = true
  proposer.start()
  assert.equal(proposer.sent.length, 0)
  assert.equal(proposer.state.prepares.size, 0)
  proposer.flush()
  assert.deepEqual(
    proposer.takeSent().map(({ message }) => message.kind),
    ['proposal', 'prepare'],
  )
  assert.ok(proposer.state.prepares.get(0)?.has(FIRST))
})

test('the commit vote waits for the own execution', () => {
  const cluster = preparedEverywhere()
  for (const { effects } of cluster.replicas) {
    const executed = effects.findIndex((effect) => effect.kind === 'execute')
    const voted = effects.findIndex((effect) => effect.kind === 'send' && effect.message.kind === 'commit')
    assert.ok(executed >= 0 && voted > executed)
  }
})

test('a prepared block survives the view change, whoever proposes it again and however old it is', () => {
  const cluster = preparedEverywhere()
  const hash = toHex(cluster.replicas[0]!.state.prepared!.blockHash)
  cluster.lose = () => false
  // A minute later: far outside the window of fresh blocks.
  cluster.advance(60_000)
  for (const replica of cluster.replicas) replica.takeSent()
  for (const replica of cluster.replicas) replica.timeout('view')
  for (const replica of cluster.replicas) replica.transactions = []
  cluster.settle()
  for (const replica of cluster.replicas) assert.equal(replica.committed()[0]?.hash, hash)
  const again = proposalsOf(cluster.replicas[SECOND]!)[0]!
  assert.equal(again.body.view, 1)
  assert.equal(toHex(hashOf(again)), hash)
  assert.equal(again.body.newView?.prepared?.view, 0)
})

test('a new proposer without the prepared block fetches it from those who claim it', () => {
  const cluster = new Cluster()
  cluster.replicas[FIRST]!.transactions = [transaction]
  // Validator 2 hears nothing of view 0; of commits nobody hears.
  cluster.lose = (_from, to, message) => message.kind === 'commit' || to === SECOND
  cluster.start()
  cluster.settle()
  cluster.lose = (_from, _to, message) => message.kind === 'commit'
  for (const replica of cluster.replicas) {
    replica.takeSent()
    if (replica.index === SECOND) replica.take({ kind: 'pending', nowMs: replica.nowMs })
    replica.timeout('view')
  }
  const changes = cluster.replicas.map((replica) => replica.takeSent())
  for (const sent of changes) for (const { message } of sent) cluster.replicas[SECOND]!.receive(message)
  const request = cluster.replicas[SECOND]!.takeSent().find(({ message }) => message.kind === 'blockRequest')
  assert.ok(request, 'it asks')
  assert.equal(proposalsOf(cluster.replicas[SECOND]!).length, 0)
  const prepared = cluster.replicas[FIRST]!.state.prepared!
  const { bytes, block } = cluster.replicas[FIRST]!.state.candidates.get(toHex(prepared.blockHash))!
  const answer = { kind: 'block' as const, block, bytes, blockHash: prepared.blockHash }
  cluster.replicas[SECOND]!.take({ ...answer, nowMs: cluster.replicas[SECOND]!.nowMs })
  assert.equal(toHex(hashOf(proposalsOf(cluster.replicas[SECOND]!)[0]!)), toHex(prepared.blockHash))
})

test('a fresh block is voted for up to 2 s ahead and 10 s behind the own clock', () => {
  const proposer = new Replica(FIRST)
  proposer.transactions = [transaction]
  proposer.start()
  const [proposal] = proposer.takeSent().map(({ message }) => message)
  for (const [offMs, votes] of [
    [-2_000, true],
    [-2_001, false],
    [10_000, true],
    [10_001, false],
  ] as const) {
    const replica = new Replica(0)
    replica.start()
    replica.nowMs += offMs
    assert.equal(replica.receive(proposal!), 'ok')
    const kinds = replica.takeSent().map(({ message }) => message.kind)
    assert.deepEqual(kinds, votes ? ['prepare'] : [], `${offMs} ms`)
    // Where nothing is to be expected of the proposer, the network must not wait the whole time of a view.
    const timers = replica.effects.filter((effect) => effect.kind === 'timer').filter(({ timer }) => timer === 'view')
    assert.equal(timers.at(-1)?.delayMs, votes ? defaultTiming.viewTimeoutMs : defaultTiming.suspectTimeoutMs)
  }
})

test('a block dated one millisecond after its parent is never too far ahead', () => {
  const parent = { ...genesisParent, timeMs: genesisParent.timeMs + 3_600_000 }
  const proposer = new Replica(FIRST, { parent })
  proposer.transactions = [transaction]
  proposer.start()
  const [proposal] = proposer.takeSent().map(({ message }) => message)
  const replica = new Replica(0, { parent })
  replica.start()
  replica.receive(proposal!)
  assert.deepEqual(
    replica.takeSent().map(({ message }) => message.kind),
    ['prepare'],
  )
})

test('a replica whose clock is off does not vote to prepare, but commits what a quorum prepared', () => {
  const cluster = new Cluster()
  cluster.replicas[FIRST]!.transactions = [transaction]
  cluster.replicas[3]!.nowMs -= 3_600_000
  cluster.lose = (_from, _to, { body }) => body.height > 1
  cluster.start()
  cluster.settle()
  const kinds = cluster.replicas[3]!.effects.filter((effect) => effect.kind === 'send')
    .map(({ message }) => message)
    .filter(({ body }) => body.height === 1)
    .map(({ kind }) => kind)
  assert.deepEqual(kinds, ['commit'])
  assert.equal(cluster.replicas[3]!.committed().length, 1)
})

test('after a restart the same votes are sent again and no others', () => {
  const cluster = new Cluster()
  cluster.replicas[FIRST]!.transactions = [transaction]
  cluster.lose = (_from, _to, { kind }) => kind === 'commit'
  cluster.start()
  cluster.settle()
  const before = cluster.replicas[0]!
  const back = new Replica(0, { records: before.records })
  back.start()
  const votes = (replica: Replica): string[] =>
    replica.effects
      .filter((effect) => effect.kind === 'send')
      .map(({ message }) => toHex(codecs.message.encode(message)))
      .sort()
  assert.deepEqual(votes(back), votes(before))
  assert.deepEqual(back.state.prepared, before.state.prepared)

  // Another block in the same view, well signed by its proposer, gets no vote.
  const [proposal] = proposalsOf(cluster.replicas[FIRST]!)
  const block = codecs.block.decode(proposal!.body.block)
  const header = { ...block.header, timeMs: block.header.timeMs + 1 }
  const vote = { height: 1, view: 0, blockHash: blockHash(header) }
  const signature = signSync(keyAt(FIRST), proposalVoteBytes(chainId, vote))
  const twin = { ...proposal!.body, block: codecs.block.encode({ ...block, header }), signature }
  back.takeSent()
  assert.equal(back.receive({ kind: 'proposal', body: twin }), 'ok')
  assert.deepEqual(back.takeSent(), [])
})

test('a replica that asked for a view votes in no lower one, before and after a restart', () => {
  const proposer = new Replica(FIRST)
  proposer.transactions = [transaction]
  proposer.start()
  const [proposal] = proposer.takeSent().map(({ message }) => message)
  const replica = new Replica(0)
  replica.transactions = [transaction]
  replica.start()
  replica.timeout('view')
  assert.deepEqual(
    replica.takeSent().map(({ message }) => message.kind),
    ['viewChange'],
  )
  for (const one of [replica, new Replica(0, { records: replica.records })]) {
    one.start()
    one.takeSent()
    one.receive(proposal!)
    assert.deepEqual(one.takeSent(), [])
    assert.equal(one.state.view, 1)
  }
})

test('own roots that differ: no vote before, a stop after, and nothing is written', () => {
  const cluster = new Cluster()
  cluster.replicas[FIRST]!.transactions = [transaction]
  cluster.replicas[3]!.execute = () => rootsOf(utf8('another state'))
  cluster.lose = (_from, _to, { body }) => body.height > 1
  cluster.start()
  cluster.settle()
  const odd = cluster.replicas[3]!
  assert.equal(odd.state.phase, 'diverged')
  assert.match(odd.state.trouble ?? '', /contradicts the certificate of height 1/)
  assert.deepEqual(odd.committed(), [])
  assert.ok(odd.effects.some((effect) => effect.kind === 'diverged'))
  for (const index of [0, 1, 2]) assert.equal(cluster.replicas[index]!.committed().length, 1)
  const before = odd.effects.length
  odd.timeout('view')
  odd.take({ kind: 'pending', nowMs: odd.nowMs })
  assert.equal(odd.effects.length, before)
})

test('a block that a quorum prepared and this application refuses gets no vote', () => {
  const cluster = new Cluster()
  cluster.replicas[FIRST]!.transactions = [transaction]
  cluster.replicas[3]!.verdict = () => 'signature-bad'
  cluster.lose = (_from, _to, { kind }) => kind === 'commit'
  cluster.start()
  cluster.settle()
  assert.match(cluster.replicas[3]!.state.trouble ?? '', /refuses: signature-bad/)
  const votes = cluster.replicas[3]!.effects.filter((effect) => effect.kind === 'send')
  assert.deepEqual(votes, [])
})

test('two proposals of one view are evidence, which the next own block reports', () => {
  const proposer = new Replica(FIRST)
  proposer.transactions = [transaction]
  proposer.start()
  const sent = proposer.takeSent().map(({ message }) => message)
  const proposal = sent[0] as Extract<Message, { kind: 'proposal' }>
  const block = codecs.block.decode(proposal.body.block)
  const header = { ...block.header, timeMs: block.header.timeMs + 1 }
  const vote = { height: 1, view: 0, blockHash: blockHash(header) }
  const signature = signSync(keyAt(FIRST), proposalVoteBytes(chainId, vote))
  const twin = { ...proposal.body, block: codecs.block.encode({ ...block, header }), signature }

  const cluster = new Cluster()
  const witness = cluster.replicas[SECOND]!
  cluster.start()
  for (const replica of cluster.replicas) if (replica.index !== FIRST) for (const one of sent) replica.receive(one)
  witness.receive({ kind: 'proposal', body: twin })
  witness.receive({ kind: 'proposal', body: twin })
  assert.equal(witness.state.evidence.length, 1)
  assert.equal(checkMisbehaviour(witness.state.evidence[0]!, chainId), 'ok')
  for (const replica of cluster.replicas) replica.transactions = [transaction]
  cluster.lose = (_from, _to, { body }) => body.height > 2
  cluster.settle()
  // Validator 2 proposes height 2.
  const second = cluster.replicas[0]!.effects.filter((effect) => effect.kind === 'commit')[1]!
  const reported = codecs.block.decode(second.block).misbehaviour
  assert.equal(reported.length, 1)
  assert.deepEqual(reported[0]!.validator, validators.validators[FIRST]!.key)
  assert.equal(witness.state.evidence.length, 0)
})

test('an idle network waits for its heartbeat; the application can ask for a block sooner', () => {
  const cluster = new Cluster()
  cluster.lose = (_from, _to, { body }) => body.height > 1
  for (const replica of cluster.replicas) replica.wantsBlockWithinMs = replica.index === 0 ? 1_000 : undefined
  cluster.start()
  cluster.settle()
  for (const replica of cluster.replicas) assert.deepEqual(replica.committed(), [])
  for (const replica of cluster.replicas) replica.timeout('due')
  cluster.settle()
  for (const replica of cluster.replicas) {
    assert.equal(replica.committed().length, 1)
    const due = replica.timers().findLast(({ timer, height }) => timer === 'due' && height === 2)
    assert.equal(due?.delayMs, replica.index === 0 ? 1_000 : 10_000)
  }
})

test('a silent proposer with nothing pending is left alone, with something pending it is replaced', () => {
  const replica = new Replica(0)
  replica.start()
  assert.ok(!replica.timers().some(({ timer }) => timer === 'view'))
  replica.take({ kind: 'pending', nowMs: replica.nowMs })
  assert.ok(replica.timers().some(({ timer, delayMs }) => timer === 'view' && delayMs === 1_000))
  replica.timeout('view')
  assert.deepEqual(
    replica.takeSent().map(({ message }) => message.kind),
    ['viewChange'],
  )
})

test('alone with its view a replica repeats itself and does not run away', () => {
  const replica = new Replica(0)
  replica.transactions = [transaction]
  replica.start()
  for (let count = 0; count < 20; count++) replica.timeout('view')
  assert.equal(replica.state.view, 1)
})

test('views back off up to the cap, and f+1 others pull a replica up to theirs', () => {
  const cluster = new Cluster({ viewTimeoutMs: 100, maxViewTimeoutMs: 1_000 })
  // Nobody proposes: every proposal is lost.
  cluster.lose = (_from, _to, { kind }) => kind === 'proposal'
  for (const replica of cluster.replicas) replica.transactions = [transaction]
  cluster.start()
  cluster.settle()
  for (let count = 0; count < 6; count++) {
    for (const replica of cluster.replicas.slice(0, 3)) replica.timeout('view')
    cluster.settle()
  }
  const views = cluster.replicas.map(({ state }) => state.view)
  assert.ok(views[3]! >= 6, 'validator 3 never timed out itself')
  const delays = cluster.replicas[0]!.timers()
    .filter(({ timer }) => timer === 'view')
    .map(({ delayMs }) => delayMs)
  assert.ok(Math.max(...delays) === 1_000 && delays.includes(100) && delays.includes(200) && delays.includes(400))
})

test('one liar alone moves nobody', () => {
  const liar = new Replica(3)
  liar.transactions = [transaction]
  liar.start()
  liar.timeout('view')
  const [change] = liar.takeSent().map(({ message }) => message)
  const replica = new Replica(0)
  replica.start()
  replica.receive(change!)
  assert.equal(replica.state.view, 0)
})

const atHeight = (height: number) => ({ parent: { ...genesisParent, height } })

test('without a vote record a replica asks first, and stays silent two heights beyond the highest told', () => {
  const replica = new Replica(0, { records: [], ...atHeight(9) })
  replica.transactions = [transaction]
  replica.start()
  replica.timeout('view')
  assert.deepEqual(replica.sent, [])
  replica.take({ kind: 'told', peer: peerOf(1), height: 7, nowMs: replica.nowMs })
  assert.deepEqual(replica.state.abstention, { reason: 'record-lost', untilHeight: undefined })
  replica.take({ kind: 'told', peer: peerOf(2), height: 9, nowMs: replica.nowMs })
  // One of them may be behind and the other lie: the third may have gone on to any height with the liar and this replica's lost votes.
  assert.deepEqual(replica.state.abstention, { reason: 'record-lost', untilHeight: undefined })
  replica.take({ kind: 'told', peer: peerOf(3), height: 8, nowMs: replica.nowMs })
  assert.deepEqual(replica.state.abstention, { reason: 'record-lost', untilHeight: 12 })
})

test('when all lost their vote records, the operator of enough of them gets the network on', () => {
  const parent = { ...genesisParent, height: 9 }
  const votesAt = (told: boolean, votesWithoutRecord: boolean): number => {
    const cluster = [0, 1, 2, 3].map((index) => new Replica(index, { records: [], parent, votesWithoutRecord }))
    for (const replica of cluster) {
      replica.transactions = [transaction]
      replica.start()
      for (const other of told ? [0, 1, 2, 3] : [])
        replica.take({ kind: 'told', peer: peerOf(other), height: 9, nowMs: replica.nowMs })
    }
    return cluster.reduce((sum, replica) => sum + replica.sent.length, 0)
  }
  // All wait for a height that none of them will make.
  assert.equal(votesAt(true, false), 0)
  assert.ok(votesAt(false, true) > 0)
  const overridden = new Replica(0, { records: [], parent, votesWithoutRecord: true })
  overridden.start()
  assert.match(String(troubleOf(overridden.state)), /--vote-without-record/)
})

test('a vote of its own key that it never cast silences a replica, and stops it once its record is known to be whole', () => {
  const cluster = new Cluster()
  for (const replica of cluster.replicas) replica.transactions = [transaction]
  cluster.lose = (_from, _to, { body }) => body.height > 6
  cluster.start()
  cluster.settle()
  const history = cluster.replicas[1]!.effects.filter((effect) => effect.kind === 'commit')
  const signs = (index: number, height: number): boolean =>
    commitCertificateCodec
      .decode(history[height - 1]!.certificate)
      .signatures.some(({ validatorIndex }) => validatorIndex === index)
  const index = [0, 1, 2, 3].find((one) => [1, 2, 3, 4].every((height) => signs(one, height)))!

  // Restored from a backup: a record, but an old one. The others' blocks come by catch-up.
  const replica = new Replica(index)
  replica.start()
  const take = (height: number): void => {
    const { block, certificate } = history[height - 1]!
    const decoded = codecs.block.decode(block)
    replica.take({
      kind: 'certified',
      block: decoded,
      bytes: block,
      certificate: commitCertificateCodec.decode(certificate),
      encodedCertificate: certificate,
    })
  }
  take(1)
  assert.deepEqual(replica.state.abstention, { reason: 'record-lost', untilHeight: undefined })
  const { hash, timeMs } = { hash: replica.state.parentHash, timeMs: replica.state.parentTimeMs }
  const restarted = new Replica(index, { records: replica.records, parent: { height: 1, hash, timeMs } })
  assert.deepEqual(restarted.state.abstention, { reason: 'record-ahead', untilHeight: 4 }, 'a restart does not end it')
  for (const other of [0, 1, 2, 3].filter((one) => one !== index))
    replica.take({ kind: 'told', peer: peerOf(other), height: 2, nowMs: replica.nowMs })
  assert.equal(replica.state.abstention?.untilHeight, undefined, 'it first gets to where the others are')
  const stops = (): number => replica.effects.filter(({ kind }) => kind === 'key-used-elsewhere').length
  take(2)
  assert.deepEqual(replica.state.abstention, { reason: 'record-lost', untilHeight: 5 })
  take(3)
  assert.equal(stops(), 0, 'a vote that it may have cast before')
  take(4)
  assert.equal(stops(), 1, 'one that it cannot have cast')
})

test('where majorities may share the forgetful replica alone, the answers of the others must meet each of them', () => {
  const replica = new Replica(0, { records: [], rule: 'majority', ...atHeight(9) })
  replica.start()
  // Three of four decide: with its own height that would be a quorum of answers, but another three may know more.
  replica.take({ kind: 'told', peer: peerOf(1), height: 7, nowMs: replica.nowMs })
  assert.deepEqual(replica.state.abstention, { reason: 'record-lost', untilHeight: undefined })
  replica.take({ kind: 'told', peer: peerOf(2), height: 9, nowMs: replica.nowMs })
  assert.deepEqual(replica.state.abstention, { reason: 'record-lost', untilHeight: 12 })

  const three = new Replica(0, { records: [], rule: 'majority', validators: 3, ...atHeight(100) })
  three.start()
  three.take({ kind: 'told', peer: peerOf(1), height: 4, nowMs: three.nowMs })
  assert.equal(three.state.abstention?.untilHeight, undefined, 'two of three decide, and the third was not asked')
  three.take({ kind: 'told', peer: peerOf(2), height: 100, nowMs: three.nowMs })
  assert.equal(three.state.abstention?.untilHeight, 103)
})

test('without a vote record on a ledger without a block, it is enough that the others say so', () => {
  const replica = new Replica(0, { records: [] })
  replica.start()
  replica.take({ kind: 'told', peer: peerOf(1), height: 0, nowMs: replica.nowMs })
  assert.notEqual(replica.state.abstention, undefined)
  replica.take({ kind: 'told', peer: peerOf(2), height: 0, nowMs: replica.nowMs })
  assert.notEqual(replica.state.abstention, undefined)
  replica.take({ kind: 'told', peer: peerOf(3), height: 0, nowMs: replica.nowMs })
  assert.equal(replica.state.abstention, undefined)
  assert.equal(replica.records.length, 1)
})

test('a state older than the votes: silent until the newest height voted in', () => {
  const cluster = preparedEverywhere()
  const records = cluster.replicas[0]!.records
  const behind = new Replica(0, { records, parent: { ...genesisParent, height: 0 } })
  assert.equal(behind.state.abstention, undefined)
  const older = new Replica(0, { records, parent: { ...genesisParent, height: -1 } })
  assert.deepEqual(older.state.abstention, { reason: 'record-ahead', untilHeight: 1 })
})

test('what one validator can make a replica keep is bounded', () => {
  const replica = new Replica(0)
  replica.start()
  for (let view = 0; view < 100; view++) {
    const hash = sha256(utf8(`block ${view}`))
    const signature = new Uint8Array(64)
    const body = { height: 1, view, blockHash: hash, validatorIndex: 3, signature }
    replica.takeChecked({ kind: 'prepare', prepare: body })
    replica.takeChecked({ kind: 'commit', commit: { ...body, ...rootsOf(hash) } })
    replica.takeChecked({ kind: 'prepare', prepare: { ...body, height: 2 } })
  }
  const kept = [...replica.state.prepares.values(), ...replica.state.commits.values()].filter((votes) => votes.has(3))
  assert.ok(kept.length <= 16, `${kept.length} views`)
  assert.ok(replica.state.early.length <= 8, `${replica.state.early.length} early messages`)
})

test('a proposer whose link broke gets little time', () => {
  const replica = new Replica(0)
  replica.transactions = [transaction]
  replica.start()
  replica.take({ kind: 'link', peer: peerOf(FIRST), up: false })
  const delays = replica
    .timers()
    .filter(({ timer }) => timer === 'view')
    .map(({ delayMs }) => delayMs)
  assert.deepEqual(delays, [1_000, 60])
})
