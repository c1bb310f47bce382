import assert from 'node:assert/strict'
import test from 'node:test'
import {
  checkCommitCertificate,
  commitCertificateCodec,
  prepareVoteBytes,
  proposerIndex,
  type ValidatorSet,
  validatorsHash,
} from '@cresset/core-chain'
import { toHex, utf8 } from '@cresset/core-codec'
import { sha256, signSync } from '@cresset/core-crypto'
import type { Message } from './messages.ts'
import { Cluster, chainId, codecs, genesisParent, nodeKey, Replica, setOf } from './testing/replica.ts'

const transaction = utf8('a transaction')
const allNodes = [0, 1, 2, 3, 4, 5, 6]

/** Sets by the height from which they decide. */
type Plan = readonly (readonly [fromHeight: number, nodes: readonly number[]])[]

function setAtOf(plan: Plan): (height: number) => ValidatorSet {
  const sets = plan.map(([from, nodes]) => [from, setOf(nodes)] as const)
  return (height) => sets.findLast(([from]) => from <= height)![1]
}

/** One replica a node, whether or not it is among the validators; it has the node's number. */
function clusterOf(plan: Plan, over: { records?: ReadonlyMap<number, readonly Uint8Array[]> } = {}): Cluster {
  const setAt = setAtOf(plan)
  const replicas = allNodes.map((node) => {
    const records = over.records?.get(node)
    const replica = new Replica(node, { node, setAt, ...(records === undefined ? {} : { records }) })
    replica.transactions = [transaction]
    return replica
  })
  return new Cluster({}, replicas)
}

function blocksOf(replica: Replica) {
  return replica.effects
    .filter((effect) => effect.kind === 'commit')
    .map(({ block, certificate }) => ({
      header: codecs.block.decode(block).header,
      certificate: commitCertificateCodec.decode(certificate),
    }))
}

/** What catch-up does: final blocks with their certificates, for those who missed the votes; or the block alone, if they have those. */
function catchUp(cluster: Cluster, upTo = Number.MAX_SAFE_INTEGER): void {
  const furthest = cluster.replicas.reduce((best, one) => (one.state.height > best.state.height ? one : best))
  const stored = furthest.effects.filter((effect) => effect.kind === 'commit')
  for (const replica of cluster.replicas) {
    for (const { height, block: bytes, blockHash, certificate: encodedCertificate } of stored) {
      if (height !== replica.state.height || height > upTo) continue
      const block = codecs.block.decode(bytes)
      const certificate = commitCertificateCodec.decode(encodedCertificate)
      if (replica.state.phase === 'storing') {
        replica.take({ kind: 'block', block, bytes, blockHash, nowMs: replica.nowMs })
      } else replica.take({ kind: 'certified', block, bytes, certificate, encodedCertificate })
    }
  }
}

/** Height by height, so that nobody runs ahead of those who missed something. */
function goOnTo(cluster: Cluster, height: number): void {
  for (let next = cluster.replicas[0]!.state.height; next <= height; next++) {
    cluster.lose = (_from, _to, { body }) => body.height > next
    for (const replica of cluster.replicas) replica.timeout('repeat')
    cluster.settle()
    catchUp(cluster)
  }
}

function votedAt(replica: Replica): Set<number> {
  const votes = replica.effects.filter((effect) => effect.kind === 'send').map(({ message }) => message)
  return new Set(votes.filter(({ kind }) => kind !== 'blockRequest').map(({ body }) => body.height))
}

const growing: Plan = [
  [1, [0]],
  [4, [0, 1, 2, 3]],
  [7, [0, 1, 2, 3, 4]],
  [10, [0, 1, 2, 3, 4, 5]],
  [13, [0, 1, 2, 3, 4, 5, 6]],
  [16, [3, 4, 5, 6]],
]

test('1 → 4 → 5 → 6 → 7 → 4: each height is decided by its own set, and all nodes follow', () => {
  const cluster = clusterOf(growing)
  const setAt = setAtOf(growing)
  cluster.lose = (_from, _to, { body }) => body.height > 18
  cluster.start()
  cluster.settle()
  const blocks = blocksOf(cluster.replicas[0]!)
  assert.equal(blocks.length, 18)
  for (const { header, certificate } of blocks) {
    const { height } = header
    assert.equal(checkCommitCertificate(certificate, setAt(height), chainId), 'ok', `height ${height}`)
    assert.deepEqual(header.validatorsHash, validatorsHash(setAt(height)))
    assert.deepEqual(header.nextValidatorsHash, validatorsHash(setAt(height + 1)))
    const proposer = setAt(height).validators[proposerIndex(setAt(height), height, 0)]!
    assert.deepEqual(header.proposer, proposer.account)
  }
  for (const replica of cluster.replicas) {
    assert.deepEqual(replica.committed(), cluster.replicas[0]!.committed())
    const key = toHex(nodeKey(replica.index).publicKey)
    const isMember = (height: number): boolean => setAt(height).validators.some((one) => toHex(one.key) === key)
    for (const height of votedAt(replica)) assert.ok(isMember(height), `node ${replica.index} voted at ${height}`)
    for (let height = 1; height <= 18; height++) {
      if (isMember(height)) assert.ok(votedAt(replica).has(height), `node ${replica.index} was silent at ${height}`)
    }
  }
})

test('a set takes over while members are down: the new quorum counts, in views of its own proposers', () => {
  const plan: Plan = [
    [1, [0, 1, 2, 3]],
    [3, [0, 1, 2, 3, 4, 5, 6]],
  ]
  const cluster = clusterOf(plan)
  const setAt = setAtOf(plan)
  // Two of seven never say anything; one of them was in the old set.
  const down = [0, 6]
  cluster.lose = (from, _to, { body }) => down.includes(from) || body.height > 6
  cluster.start()
  for (let round = 0; round < 40; round++) {
    cluster.settle()
    for (const replica of cluster.replicas) if (!down.includes(replica.index)) replica.timeout('view')
  }
  const blocks = blocksOf(cluster.replicas[1]!)
  assert.ok(blocks.length >= 6, `${blocks.length} blocks`)
  for (const { header, certificate } of blocks) {
    assert.equal(checkCommitCertificate(certificate, setAt(header.height), chainId), 'ok')
    if (header.height >= 3) assert.equal(certificate.signatures.length, 5)
  }
  assert.ok(
    blocks.some(({ certificate }) => certificate.view > 0),
    'some view changed',
  )
})

test('four of the old set decide nothing in the new one', () => {
  const plan: Plan = [
    [1, [0, 1, 2, 3]],
    [3, [0, 1, 2, 3, 4, 5, 6]],
  ]
  const cluster = clusterOf(plan)
  cluster.lose = (from) => from > 3
  cluster.start()
  for (let round = 0; round < 20; round++) {
    cluster.settle()
    for (const replica of cluster.replicas) replica.timeout('view')
  }
  for (const replica of cluster.replicas) assert.equal(replica.committed().length, 2)
})

test('a vote of one who left is refused under every index, and messages come and go by node, not by index', () => {
  const plan: Plan = [
    [1, [0, 1, 2, 3]],
    [3, [3, 4, 5, 6]],
  ]
  const setAt = setAtOf(plan)
  const cluster = clusterOf(plan)
  cluster.lose = (_from, _to, { body }) => body.height > 2
  cluster.start()
  cluster.settle()
  const replica = cluster.replicas[3]!
  assert.equal(replica.state.height, 3)
  const vote = { height: 3, view: 0, blockHash: new Uint8Array(32) }
  const signature = signSync(nodeKey(0), prepareVoteBytes(chainId, vote))
  for (let validatorIndex = 0; validatorIndex < 8; validatorIndex++) {
    const code = replica.receive({ kind: 'prepare', body: { ...vote, validatorIndex, signature } })
    assert.equal(code, validatorIndex < 4 ? 'bad-signature' : 'unknown-signer')
  }
  // A broken link counts for the node that it belongs to, whatever its index was and is.
  const proposer = setAt(3).validators[proposerIndex(setAt(3), 3, 0)]!
  const peer = toHex(proposer.nodeId)
  replica.takeSent()
  replica.effects.length = 0
  const left = toHex(setOf([0]).validators[0]!.nodeId)
  replica.take({ kind: 'link', peer: left, up: false })
  assert.deepEqual([...replica.state.unlinked], [], 'nobody waits for one who left')
  if (peer !== replica.peer) {
    replica.take({ kind: 'link', peer, up: false })
    assert.deepEqual([...replica.state.unlinked], [peer])
  }
})

test('early messages count under the set of their own height', () => {
  const plan: Plan = [
    [1, [0, 1, 2, 3]],
    [2, [3, 4, 5, 6]],
  ]
  const setAt = setAtOf(plan)
  const cluster = clusterOf(plan)
  // Not the one who proposes height 2.
  const maker = toHex(setAt(2).validators[proposerIndex(setAt(2), 2, 0)]!.nodeId)
  const late = cluster.replicas.find(({ index, peer }) => index > 3 && peer !== maker)!
  const kept: Message[] = []
  // It gets what the new set says of height 2 before it has height 1.
  cluster.lose = (_from, to, message) => {
    if (to === late.index && message.body.height === 2) kept.push(message)
    return to === late.index || message.body.height > 2
  }
  cluster.start()
  cluster.settle()
  assert.equal(late.state.height, 1)
  for (const message of kept) {
    if (message.kind === 'prepare' || message.kind === 'proposal') assert.equal(late.receive(message), 'ok')
  }
  assert.ok(late.state.early.length > 0)
  catchUp(cluster, 1)
  assert.equal(late.state.height, 2)
  assert.ok(late.state.phase === 'preparing' || late.state.phase === 'committing', late.state.phase)
  assert.ok(votedAt(late).has(2), 'it voted, with its place in the new set')
})

test('a block certified by other validators than the own state has is not followed', () => {
  const other = clusterOf([[1, [0, 1, 2, 3, 4]]])
  other.lose = (_from, _to, { body }) => body.height > 1
  other.start()
  other.settle()
  const { block: bytes, certificate } = other.replicas[0]!.effects.find((effect) => effect.kind === 'commit')!
  const replica = new Replica(0, { node: 0, setAt: () => setOf([0, 1, 2, 3]) })
  replica.start()
  replica.take({
    kind: 'certified',
    block: codecs.block.decode(bytes),
    bytes,
    certificate: commitCertificateCodec.decode(certificate),
    encodedCertificate: certificate,
  })
  assert.equal(replica.state.phase, 'diverged')
  assert.match(replica.state.trouble ?? '', /other validators/)
})

const entering: Plan = [
  [1, [0, 1, 2, 3]],
  [5, [0, 1, 2, 3, 4]],
]

test('a node that enters without a vote record is silent at first and not for ever', () => {
  const cluster = clusterOf(entering, { records: new Map([[4, []]]) })
  const node = cluster.replicas[4]!
  cluster.lose = (_from, _to, { body }) => body.height > 2
  cluster.start()
  cluster.settle()
  assert.deepEqual(node.state.abstention, { reason: 'record-lost', untilHeight: undefined })
  for (const other of cluster.replicas.slice(0, 3)) {
    node.take({ kind: 'told', peer: other.peer, height: 2, nowMs: node.nowMs })
  }
  assert.deepEqual(node.state.abstention, { reason: 'record-lost', untilHeight: 5 })
  assert.equal(node.records.length, 1, 'a restart finds when it may vote')
  goOnTo(cluster, 7)
  assert.deepEqual([...votedAt(node)].slice(0, 3), [5, 6, 7])
})

test('answers from before a change of the set count no more, and those of strangers never', () => {
  const plan: Plan = [
    [1, [0, 1, 2, 3]],
    [3, [3, 4, 5, 6]],
  ]
  const cluster = clusterOf(plan, { records: new Map([[6, []]]) })
  const node = cluster.replicas[6]!
  cluster.lose = (_from, _to, { body }) => body.height > 1
  cluster.start()
  cluster.settle()
  assert.equal(node.state.height, 2)
  const tell = (from: number, height: number): void =>
    node.take({ kind: 'told', peer: cluster.replicas[from]!.peer, height, nowMs: node.nowMs })
  // The old set is of no use: those who may know of votes at height 3 are 3, 4 and 5.
  for (const from of [0, 1, 2]) tell(from, 1)
  assert.equal(node.state.abstention?.untilHeight, undefined)
  tell(3, 1)
  assert.equal(node.state.abstention?.untilHeight, undefined)
  tell(4, 1)
  assert.equal(node.state.abstention?.untilHeight, undefined, 'one of the two may lie')
  tell(5, 1)
  assert.equal(node.state.abstention?.untilHeight, 4)
})

test('a node that left keeps its record and votes again when it is back', () => {
  const plan: Plan = [
    [1, [0, 1, 2, 3, 4]],
    [3, [0, 1, 2, 3]],
    [6, [0, 1, 2, 3, 4]],
  ]
  const cluster = clusterOf(plan)
  const setAt = setAtOf(plan)
  cluster.lose = (_from, _to, { body }) => body.height > 4
  cluster.start()
  cluster.settle()
  const node = cluster.replicas[4]!
  assert.equal(node.state.height, 5)
  assert.deepEqual([...votedAt(node)], [1, 2])
  const parent = { height: 4, hash: node.state.parentHash, timeMs: node.state.parentTimeMs }
  const back = new Replica(4, { node: 4, setAt, records: node.records, parent })
  assert.equal(back.state.abstention, undefined)
  back.transactions = [transaction]
  cluster.replicas[4] = back
  back.start()
  goOnTo(cluster, 7)
  assert.deepEqual([...votedAt(back)].slice(0, 2), [6, 7])
})

/** Replicas of a set by stake: node i has `powers[i]`. */
function byStake(powers: readonly number[]): Cluster {
  const set = setOf(
    powers.map((_, node) => node),
    'stake',
    powers,
  )
  const replicas = powers.map((_, node) => {
    const replica = new Replica(node, { node, setAt: () => set })
    replica.transactions = [transaction]
    return replica
  })
  return new Cluster({}, replicas)
}

/** Goes on for a while without those who are down. */
function runWithout(cluster: Cluster, down: readonly number[], rounds = 30): Replica[] {
  cluster.lose = (from, _to, { body }) => down.includes(from) || body.height > 8
  cluster.start()
  for (let round = 0; round < rounds; round++) {
    cluster.settle()
    for (const replica of cluster.replicas) if (!down.includes(replica.index)) replica.timeout('view')
  }
  return cluster.replicas.filter(({ index }) => !down.includes(index))
}

test('by stake, few with more than two thirds go on without many, and two thirds exactly do not', () => {
  for (const replica of runWithout(byStake([40, 30, 10, 10, 10]), [2, 3, 4])) {
    assert.ok(replica.committed().length >= 8, `${replica.committed().length} blocks`)
    for (const { certificate } of blocksOf(replica)) assert.equal(certificate.signatures.length, 2)
  }
  for (const replica of runWithout(byStake([40, 20, 10, 10, 10]), [2, 3, 4])) assert.deepEqual(replica.committed(), [])
  // Four of five by heads, and less than two thirds of the stake.
  for (const replica of runWithout(byStake([40, 10, 10, 10, 10]), [0])) assert.deepEqual(replica.committed(), [])
})

test('by stake, a replica joins a later view when more than the possible liars ask for it, counted by stake', () => {
  const powers = [40, 25, 25, 10]
  const cluster = byStake(powers)
  const [, second, third, fourth] = cluster.replicas as [Replica, Replica, Replica, Replica]
  cluster.start()
  for (const replica of [second, fourth]) replica.timeout('view')
  const asked = (replica: Replica): Message => {
    const message = replica.effects.flatMap((effect) => (effect.kind === 'send' ? [effect.message] : [])).at(-1)
    assert.equal(message?.kind, 'viewChange')
    return message as Message
  }
  const watching = third
  const before = watching.state.view
  // 10 of 100 may lie; with the other 25 that is more than the 33 which may.
  watching.receive(asked(fourth))
  assert.equal(watching.state.view, before)
  watching.receive(asked(second))
  assert.ok(watching.state.view > before)
})

test('what a validator signed twice is reported and believed after it left', () => {
  const plan: Plan = [
    [1, [0, 1, 2, 3]],
    [3, [3, 4, 5, 6]],
  ]
  const cluster = clusterOf(plan)
  cluster.lose = (_from, _to, { body }) => body.height > 1
  cluster.start()
  cluster.settle()
  const witness = cluster.replicas[3]!
  assert.equal(witness.state.height, 2)
  const liar = nodeKey(0)
  const place = setAtOf(plan)(2).validators.findIndex(({ key }) => toHex(key) === toHex(liar.publicKey))
  for (const text of ['one block', 'another block']) {
    const vote = { height: 2, view: 9, blockHash: sha256(utf8(text)) }
    const signature = signSync(liar, prepareVoteBytes(chainId, vote))
    assert.equal(witness.receive({ kind: 'prepare', body: { ...vote, validatorIndex: place, signature } }), 'ok')
  }
  assert.equal(witness.state.evidence.length, 1)
  goOnTo(cluster, 8)
  for (const { effects } of cluster.replicas) {
    const reported = effects
      .filter((effect) => effect.kind === 'commit')
      .flatMap(({ height, block }) => codecs.block.decode(block).misbehaviour.map((one) => ({ height, one })))
    assert.equal(reported.length, 1, 'once')
    assert.ok(reported[0]!.height >= 3, 'by those who came after')
    assert.deepEqual(reported[0]!.one.validator, liar.publicKey)
  }
})

test('by stake, a heavy validator that forgot its votes asks more than those who make a quorum with it', () => {
  const powers = [44, 30, 26]
  const set = setOf([0, 1, 2], 'stake', powers)
  const parent = { ...genesisParent, height: 9 }
  const heavy = new Replica(0, { node: 0, setAt: () => set, records: [], parent })
  heavy.start()
  const tell = (node: number): void => {
    const peer = toHex(setOf([node]).validators[0]!.nodeId)
    heavy.take({ kind: 'told', peer, height: 9, nowMs: heavy.nowMs })
  }
  // 44 and 30 are more than two thirds; but 44 and 26 are too, and may know more.
  tell(1)
  assert.equal(heavy.state.abstention?.untilHeight, undefined)
  tell(2)
  assert.equal(heavy.state.abstention?.untilHeight, 12)
})
