import assert from 'node:assert/strict'
import test from 'node:test'
import { equalBytes } from '@cresset/core-codec'
import { type Application, channels, type PeerId, type SnapshotDescription } from '../interface/index.ts'
import { SnapshotServer } from './snapshot-server.ts'
import { StateTransfer } from './state-transfer.ts'
import { ManualClock } from './testing/environment.ts'
import { validators } from './testing/replica.ts'
import { MAX_PIECE_BYTES, type TransferMessage, transferCodec } from './transfer-frames.ts'

/** One chunk of several pieces, one of exactly a piece, one of a byte. */
const chunks = [
  new Uint8Array(2 * MAX_PIECE_BYTES + 5).fill(1),
  new Uint8Array(MAX_PIECE_BYTES).fill(2),
  Uint8Array.of(3),
]
const description: SnapshotDescription = { height: 900, stateRoot: new Uint8Array(32).fill(9), chunks: chunks.length }

type Source = Pick<Application, 'listSnapshots' | 'loadSnapshotChunk' | 'validatorChanges'>
const honest: Source = {
  validatorChanges: () => [],
  listSnapshots: async () => [description],
  loadSnapshotChunk: async (height, index) => (height === description.height ? chunks[index] : undefined),
}

/** Takes the true chunks in their order and nothing else. */
class Target {
  readonly calls: string[] = []
  #next = 0
  offerSnapshot = async ({ height }: SnapshotDescription) => {
    this.calls.push(`offer ${height}`)
    this.#next = 0
    return { code: 'accept' }
  }
  applySnapshotChunk = async (index: number, chunk: Uint8Array) => {
    assert.equal(index, this.#next++)
    if (!equalBytes(chunk, chunks[index]!)) return { code: 'wrong-root' }
    return { code: index === chunks.length - 1 ? 'done' : 'accept' }
  }
  abandonSnapshot = async () => {
    this.calls.push('abandon')
  }
}

type Peer = (message: TransferMessage, answer: (message: TransferMessage) => void) => void

function serverOf(application: Source, answer: (message: TransferMessage) => void): SnapshotServer {
  const send = (_to: PeerId, frame: Uint8Array): boolean => {
    answer(transferCodec.decode(frame.subarray(1)))
    return true
  }
  return new SnapshotServer({ application, network: { send }, clock: new ManualClock() })
}

/** A node that asks, and peers that answer in their own ways. */
function setUp(peers: Readonly<Record<PeerId, Peer | Source>>) {
  const clock = new ManualClock()
  const target = new Target()
  const reasons: unknown[] = []
  const servers = new Map<PeerId, Peer>()
  for (const [id, peer] of Object.entries(peers)) {
    if (typeof peer === 'function') servers.set(id, peer)
    else {
      servers.set(id, (message, answer) => {
        void serverOf(peer, answer).serve('asker', message)
      })
    }
  }
  const transfer: StateTransfer = new StateTransfer({
    application: target,
    clock,
    oldestHeight: 900,
    trustAt: async () => ({ validators, changes: [] }),
    log: { info: () => {}, warn: (_event, { reason }) => reasons.push(reason) },
    network: {
      peers: () => [...servers.keys()].map((id) => ({ id, connected: true })),
      send(peer, frame) {
        assert.equal(frame[0], channels.stateTransfer)
        const message = transferCodec.decode(frame.subarray(1))
        queueMicrotask(() => servers.get(peer)!(message, (answer) => transfer.onMessage(peer, answer)))
        return true
      },
    },
  })
  return { clock, target, reasons, transfer }
}

/** Lets everything happen that does not wait for the clock. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const altered =
  (change: (message: TransferMessage) => TransferMessage): Peer =>
  (message, answer) => {
    void serverOf(honest, (reply) => answer(change(reply))).serve('asker', message)
  }

test('chunks of any length arrive whole and in order', async () => {
  const { transfer, target, reasons } = setUp({ a: honest })
  assert.equal(await transfer.run('a'), true)
  assert.deepEqual(target.calls, ['offer 900'])
  assert.deepEqual(reasons, [])
})

test('while chunks are applied the next ones come, a few at most', async () => {
  const many = Array.from({ length: 9 }, (_, index) => Uint8Array.of(index))
  const asked: number[] = []
  const { transfer, target } = setUp({
    a: (message, answer) => {
      if (message.kind === 'askPiece') asked.push(message.body.index)
      const source: Source = { ...honest, loadSnapshotChunk: async (_height, index) => many[index] }
      void serverOf(source, answer).serve('asker', message)
    },
  })
  const askedBefore: number[] = []
  const applied: Uint8Array[] = []
  target.applySnapshotChunk = async (_index, chunk) => {
    for (let turn = 0; turn < 20; turn++) await settle()
    askedBefore.push(asked.length)
    applied.push(chunk)
    return { code: applied.length === many.length ? 'done' : 'accept' }
  }
  assert.equal(await transfer.run('a'), true)
  assert.deepEqual(applied, many)
  // The one after the last is asked for too, and none behind it.
  assert.deepEqual(askedBefore, [4, 5, 6, 7, 8, 9, 10, 10, 10])
  assert.deepEqual(asked, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
})

test('what a refused peer still owes is waited for no longer', async () => {
  const { transfer, target } = setUp({
    a: (message, answer) => {
      if (message.kind === 'askPiece' && message.body.index === 1) return
      const spoil = (reply: TransferMessage): TransferMessage =>
        reply.kind === 'piece'
          ? { kind: 'piece', body: { ...reply.body, bytes: reply.body.bytes.map(() => 7) } }
          : reply
      void serverOf(honest, (reply) => answer(spoil(reply))).serve('asker', message)
    },
    b: honest,
  })
  // The clock stands: any wait for what does not come would never end.
  assert.equal(await transfer.run('a'), true)
  assert.deepEqual(target.calls, ['offer 900', 'offer 900'])
})

test('whoever sends what does not fit is passed over, and the next peer is asked from the beginning', async () => {
  const liars: Record<string, Peer | Source> = {
    'it has none': { ...honest, listSnapshots: async () => [] },
    'it is old': { ...honest, listSnapshots: async () => [{ ...description, height: 899 }] },
    'wrong-root': altered((message) =>
      message.kind === 'piece' && message.body.index === 2
        ? { kind: 'piece', body: { ...message.body, bytes: Uint8Array.of(4) } }
        : message,
    ),
    'no answer': (_message, answer) => answer({ kind: 'ask', body: {} }),
  }
  const stalls: Peer[] = [
    // A chunk that is not there any more.
    altered((message) =>
      message.kind === 'piece'
        ? { kind: 'piece', body: { ...message.body, chunkBytes: 0, bytes: new Uint8Array(0) } }
        : message,
    ),
    // A piece of another chunk.
    altered((message) => (message.kind === 'piece' ? { kind: 'piece', body: { ...message.body, index: 1 } } : message)),
    // More bytes than the chunk has.
    altered((message) =>
      message.kind === 'piece' ? { kind: 'piece', body: { ...message.body, chunkBytes: 5 } } : message,
    ),
    // No bytes, so that it would never end.
    altered((message) =>
      message.kind === 'piece' ? { kind: 'piece', body: { ...message.body, bytes: new Uint8Array(0) } } : message,
    ),
    // Another length in the second piece.
    altered((message) =>
      message.kind === 'piece' && message.body.offset > 0
        ? { kind: 'piece', body: { ...message.body, chunkBytes: message.body.chunkBytes + 1 } }
        : message,
    ),
  ]
  const cases = [...Object.entries(liars), ...stalls.map((peer) => ['stalled', peer] as const)]
  for (const [reason, liar] of cases) {
    const { transfer, target, reasons } = setUp({ liar, good: honest })
    assert.equal(await transfer.run('liar'), true, reason)
    assert.deepEqual(reasons, [reason])
    assert.equal(target.calls.at(-1), 'offer 900')
    assert.equal(target.calls.includes('abandon'), false)
  }
})

test('a peer that stalls is passed over by the clock, with each reply or with all of them', async () => {
  const silent: Peer = () => {}
  const first = setUp({ silent, good: honest })
  const whole = first.transfer.run('silent')
  await settle()
  first.clock.advance(2_999)
  await settle()
  assert.deepEqual(first.reasons, [])
  first.clock.advance(1)
  assert.equal(await whole, true)
  assert.deepEqual(first.reasons, ['no answer'])

  // One byte at a time, each in good time: the chunk's own time ends it.
  const dripping = altered((message) =>
    message.kind === 'piece'
      ? { kind: 'piece', body: { ...message.body, bytes: message.body.bytes.subarray(0, 1) } }
      : message,
  )
  let second: ReturnType<typeof setUp> | undefined
  second = setUp({
    drips: (message, answer) => {
      second!.clock.advance(1_000)
      dripping(message, answer)
    },
    good: honest,
  })
  assert.equal(await second.transfer.run('drips'), true)
  assert.deepEqual(second.reasons, ['stalled'])
})

test('without a peer that has a state there is none, and what was begun is thrown away', async () => {
  const { transfer, target, reasons } = setUp({
    a: { ...honest, loadSnapshotChunk: async (_height, index) => (index < 2 ? chunks[index] : undefined) },
    b: { ...honest, listSnapshots: async () => [] },
  })
  assert.equal(await transfer.run('a'), false)
  assert.deepEqual(reasons, ['stalled', 'it has none'])
  assert.deepEqual(target.calls, ['offer 900', 'abandon'])
})

test('a link that breaks and a node that stops end the waiting', async () => {
  const { transfer, reasons, target } = setUp({ a: () => {}, b: () => {} })
  const whole = transfer.run('a')
  await settle()
  transfer.disconnected('b')
  await settle()
  assert.deepEqual(reasons, [])
  transfer.disconnected('a')
  await settle()
  assert.deepEqual(reasons, ['no answer'])
  transfer.stop()
  assert.equal(await whole, false)
  assert.equal(target.calls.at(-1), 'abandon')
})

test('answers that nobody waits for change nothing', async () => {
  const { transfer } = setUp({ a: honest })
  transfer.onMessage('a', { kind: 'offer', body: { snapshot: description } })
  const whole = transfer.run('a')
  transfer.onMessage('stranger', { kind: 'offer', body: { snapshot: undefined } })
  assert.equal(await whole, true)
})

test('a peer is served one request at a time', async () => {
  const sent: Uint8Array[] = []
  let reads = 0
  const server = new SnapshotServer({
    application: {
      ...honest,
      loadSnapshotChunk: async (_height, index) => {
        reads++
        return chunks[index]
      },
    },
    network: { send: (_to, frame) => sent.push(frame) > 0 },
    clock: new ManualClock(),
  })
  const ask = (index: number): Promise<void> =>
    server.serve('a', { kind: 'askPiece', body: { height: 900, index, offset: 0 } })
  await Promise.all([ask(0), ask(1), ask(2)])
  assert.equal(sent.length, 1)
  await ask(0)
  assert.equal(reads, 1, 'pieces of one chunk are cut from what was read once')
  await ask(2)
  assert.equal(reads, 2)
})

test('a peer that gives little again and again is passed over although each chunk is true', async () => {
  let setting: ReturnType<typeof setUp> | undefined
  let given = 0
  setting = setUp({
    drips(message, answer) {
      setting!.clock.advance(2_900)
      if (message.kind === 'ask') return answer({ kind: 'offer', body: { snapshot: description } })
      assert.equal(message.kind, 'askPiece')
      given++
      answer({ kind: 'piece', body: { ...message.body, chunkBytes: 1, bytes: Uint8Array.of(1) } })
    },
    good: honest,
  })
  // Takes whatever comes: a state can have tens of thousands of chunks.
  const { applySnapshotChunk } = setting.target
  setting.target.applySnapshotChunk = async (index, chunk) =>
    chunk.length === 1 && chunk[0] === 1 ? { code: 'accept' } : applySnapshotChunk(index, chunk)
  assert.equal(await setting.transfer.run('drips'), true)
  assert.deepEqual(setting.reasons, ['stalled'])
  assert.ok(given >= 6 && given <= 8, `${given} pieces`)
})

/** A node that takes 10 ms to read a chunk, and whom it answered. */
function slowReading() {
  const clock = new ManualClock()
  const sent: PeerId[] = []
  const server = new SnapshotServer({
    application: {
      ...honest,
      loadSnapshotChunk: async (_height, index) => {
        clock.advance(10)
        return chunks[index]
      },
    },
    network: { send: (to) => sent.push(to) > 0 },
    clock,
  })
  const ask = (peer: PeerId, index: number): Promise<void> =>
    server.serve(peer, { kind: 'askPiece', body: { height: 900, index, offset: 0 } })
  return { clock, sent, ask }
}

test('between chunks the node has time for its own work, whoever asks', async () => {
  const { clock, sent, ask } = slowReading()
  clock.isBusy = true
  const answers = [ask('a', 0), ask('b', 1), ask('c', 1), ask('d', 2)]
  await settle()
  assert.deepEqual(sent, ['a'])
  clock.advance(29)
  await settle()
  assert.deepEqual(sent, ['a'])
  clock.advance(1)
  await settle()
  assert.deepEqual(sent, ['a', 'b'])
  clock.advance(30)
  await settle()
  assert.deepEqual(sent, ['a', 'b', 'c', 'd'], 'the same chunk is not read again, and costs no rest')
  await Promise.all(answers)
})

test('a node that has nothing else to do waits for as long as it read', async () => {
  const { clock, sent, ask } = slowReading()
  const answers = [ask('a', 0), ask('b', 1)]
  await settle()
  clock.advance(9)
  await settle()
  assert.deepEqual(sent, ['a'])
  clock.advance(1)
  await settle()
  assert.deepEqual(sent, ['a', 'b'])
  await Promise.all(answers)
})

test('who asks for offers or for changes of the validators leaves the node as much time for its own work', async () => {
  const clock = new ManualClock()
  clock.isBusy = true
  const sent: PeerId[] = []
  const server = new SnapshotServer({
    application: {
      ...honest,
      listSnapshots: async () => {
        clock.advance(10)
        return [description]
      },
      validatorChanges: () => {
        clock.advance(20)
        return []
      },
    },
    network: { send: (to) => sent.push(to) > 0 },
    clock,
  })
  const answers = [
    server.serve('a', { kind: 'askChanges', body: { above: 0 } }),
    server.serve('a', { kind: 'askChanges', body: { above: 0 } }),
    server.serve('b', { kind: 'ask', body: {} }),
    server.serve('c', { kind: 'askChanges', body: { above: 5 } }),
  ]
  await settle()
  assert.deepEqual(sent, ['a'])
  clock.advance(59)
  await settle()
  assert.deepEqual(sent, ['a'])
  clock.advance(1)
  await settle()
  assert.deepEqual(sent, ['a', 'b'])
  clock.advance(30)
  await settle()
  assert.deepEqual(sent, ['a', 'b', 'c'])
  await Promise.all(answers)
})
