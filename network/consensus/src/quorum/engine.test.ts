import assert from 'node:assert/strict'
import test from 'node:test'
import { type Genesis, validatorsOf } from '@cresset/core-chain'
import { toHex, utf8 } from '@cresset/core-codec'
import { generateKeyPair, keyPairSigner, sha256 } from '@cresset/core-crypto'
import { channels, type VoteRecord } from '../interface/index.ts'
import { QuorumEngine } from './engine.ts'
import type { QuorumEngineOptions } from './engine-options.ts'
import { decodeFrame, frameCodecsFor, frameOf } from './frames.ts'
import { firstVoteRecord } from './record.ts'
import { CountingApplication } from './testing/counting-application.ts'
import { ManualClock, RecordingNetwork } from './testing/environment.ts'
import { genesis } from './testing/replica.ts'

const alone: Genesis = { ...genesis, nodes: genesis.nodes.slice(0, 1) }
const codecs = frameCodecsFor(genesis.parameters)
const consensusKey = keyPairSigner(generateKeyPair('ed25519', sha256(utf8('consensus 0'))))

class MemoryRecord implements VoteRecord {
  records: Uint8Array[]
  fails = false

  constructor(of: Genesis) {
    this.records = [firstVoteRecord(of)]
  }

  read(): readonly Uint8Array[] {
    return this.records
  }

  append(record: Uint8Array): Promise<void> {
    if (this.fails) return Promise.reject(new Error('the disk is full'))
    this.records.push(record)
    return Promise.resolve()
  }

  compact(records: readonly Uint8Array[]): Promise<void> {
    this.records = [...records]
    return Promise.resolve()
  }
}

interface SetUp {
  engine: QuorumEngine
  application: CountingApplication
  clock: ManualClock
  network: HeardNetwork
  voteRecord: MemoryRecord
  failures: string[]
}

/** A network through which a test can send. */
class HeardNetwork extends RecordingNetwork {
  hear: (peer: string, frame: Uint8Array) => void = () => {}

  override onFrame(handler?: (peer: string, frame: Uint8Array) => void): void {
    if (handler !== undefined) this.hear = handler
  }
}

function setUp(
  of: Genesis,
  over: Partial<QuorumEngineOptions> = {},
  application = new CountingApplication(() => validatorsOf(of)),
): SetUp {
  const clock = new ManualClock()
  const peers = validatorsOf(of).validators.map(({ nodeId }) => toHex(nodeId))
  const network = new HeardNetwork(peers.slice(1))
  const voteRecord = new MemoryRecord(of)
  const failures: string[] = []
  const engine = new QuorumEngine({
    genesis: of,
    application,
    clock,
    network,
    voteRecord,
    consensusKey,
    onFailure: ({ message }) => failures.push(message),
    ...over,
  })
  return { engine, application, clock, network, voteRecord, failures }
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a single validator makes a block for what waits, and goes on after a restart', async () => {
  const first = setUp(alone)
  await first.engine.start()
  first.clock.advance(1)
  await settled()
  first.application.checkTx(utf8('one'))
  await settled()
  const { height } = first.application.info()
  assert.ok(height >= 1)
  assert.equal(first.engine.status().height, height)
  await first.engine.stop()
  const second = setUp(alone, { voteRecord: first.voteRecord }, first.application)
  await second.engine.start()
  first.application.checkTx(utf8('two'))
  await settled()
  assert.equal(first.application.info().height, height + 1)
  assert.deepEqual(second.failures, [])
  await second.engine.stop()
})

test('a vote that cannot be written is not sent: the engine stops and says why', async () => {
  const { engine, application, voteRecord, network, failures } = setUp(alone)
  await engine.start()
  await settled()
  network.takeSent()
  voteRecord.fails = true
  application.checkTx(utf8('one'))
  await settled()
  assert.deepEqual(failures, ['the disk is full'])
  const agreement = network.takeSent().filter(({ frame }) => frame[0] === channels.agreement)
  assert.deepEqual(agreement, [])
})

test('a block log that contradicts the state is refused at the start', async () => {
  const { engine, application } = setUp(alone)
  const info = application.info()
  application.info = () => ({ ...info, height: 3, blockHash: new Uint8Array(32) })
  await assert.rejects(engine.start(), /block 3 is missing from the block log/)
})

test('own transactions are passed on, those of a peer are not', async () => {
  const { engine, application, network } = setUp(genesis)
  await engine.start()
  const gossiped = (): number => network.takeSent().filter(({ frame }) => frame[0] === channels.transactions).length
  gossiped()
  application.checkTx(utf8('own'))
  assert.equal(gossiped(), 3)
  network.hear('peer', frameOf(channels.transactions, codecs.transactions.encode([utf8('theirs')])))
  assert.equal(application.pool.length, 2)
  assert.equal(gossiped(), 0)
  await engine.stop()
})

test('rubbish on every channel is counted and answered with nothing', async () => {
  const { engine, network, failures } = setUp(genesis)
  await engine.start()
  network.takeSent()
  for (const channel of [0, 1, 2, 3, 4, 255]) {
    for (const body of [new Uint8Array(0), new Uint8Array(3), new Uint8Array(1_000_000).fill(0x9f)]) {
      network.hear('stranger', frameOf(channel, body))
    }
  }
  network.hear('stranger', new Uint8Array(0))
  assert.equal(engine.status().counters['malformed frames'], 19)
  assert.deepEqual(network.takeSent(), [])
  assert.deepEqual(failures, [])
  await engine.stop()
})

test('a node without a consensus key follows: it answers with its height and casts no vote', async () => {
  const { engine, network } = setUp(genesis, { consensusKey: undefined })
  await engine.start()
  const statuses = network.takeSent().map(({ frame }) => decodeFrame(codecs.catchUp, frame)?.kind)
  assert.deepEqual(statuses, Array(statuses.length).fill('status'))
  assert.ok(statuses.length >= 3)
  assert.equal(engine.status().phase, 'waiting')
  await engine.stop()
})
