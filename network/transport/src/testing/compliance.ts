import assert from 'node:assert/strict'
import { after, afterEach, describe, it } from 'node:test'
import type { LinkLimits } from '../link-limits.ts'
import type { PeerId, Priority, Transport } from '../transport.ts'

/** What a transport must offer for the suite: nodes that know each other, and a way to break a link. */
export interface TransportHarness {
  /** Makes `count` started transports under `limits`; those whose `onFrame` needs watching are set up by the suite. */
  open(count: number, limits: Partial<LinkLimits>): Promise<Transport[]>
  /** Starts a stopped node of the last `open` anew. */
  reopen(transport: Transport): Promise<Transport>
  close(): Promise<void>
}

/** Small bounds, so that they are reached quickly. */
const limits: Partial<LinkLimits> = {
  frameBytes: 64 * 1024,
  queueBytes: 256 * 1024,
  queueFrames: 1_000,
  socketBytes: 64 * 1024,
  inboundBytes: 128 * 1024,
  inboundFrames: 100,
  inboundBytesPerSecond: 1024 ** 3,
  inboundFramesPerSecond: 1_000_000,
}

const patienceMs = 60_000

/** The behaviour of `Transport` that all implementations share. */
export function transportComplianceSuite(name: string, harness: TransportHarness): void {
  describe(`transport: ${name}`, () => {
    afterEach(() => harness.close())
    after(() => harness.close())

    it('links every pair once and tells both sides', async () => {
      const nodes = await harness.open(3, limits)
      const states = new Map(nodes.map((node) => [node.self, watchPeers(node)]))
      await linked(nodes)
      await settled()
      for (const node of nodes) {
        const others = nodes.filter((other) => other !== node).map((other) => `${other.self} connected`)
        // The first link may stand before the suite could listen.
        for (const state of states.get(node.self) ?? []) assert(others.includes(state), state)
        assert.deepEqual(
          node.peers().map((peer) => [peer.id, peer.connected]),
          nodes
            .filter((other) => other !== node)
            .map((other) => [other.self, true])
            .sort(),
        )
      }
    })

    it('delivers frames whole, unaltered and in order, from empty to the longest', async () => {
      const [left, right] = await pair(harness)
      const received = collect(right)
      const sizes = [0, 1, 3, 4, 5, 100, 16_383, 16_384, 16_385, 65_535, 65_536, 7]
      const frames = sizes.map((size, index) => patterned(size, index))
      // One after the other where the queue is small.
      for (const [index, frame] of frames.entries()) {
        assert.equal(left.send(right.self, frame, 'agreement'), true)
        await until(() => received.length > index)
      }
      assert.deepEqual(
        received.map((frame) => frame.bytes),
        frames,
      )
      assert(received.every((frame) => frame.from === left.self))
    })

    it('delivers many small frames in order, both ways at once', async () => {
      const [left, right] = await pair(harness)
      const [atLeft, atRight] = [collect(left), collect(right)]
      for (let round = 0; round < 20; round++) {
        for (let index = 0; index < 40; index++) {
          assert(left.send(right.self, patterned(index, round), 'gossip'))
          assert(right.send(left.self, patterned(index + 1, round), 'gossip'))
        }
        await until(() => atLeft.length === 40 * (round + 1) && atRight.length === 40 * (round + 1))
      }
      assert.deepEqual(
        atRight.map((frame) => frame.bytes),
        atRight.map((_, index) => patterned(index % 40, Math.floor(index / 40))),
      )
      const status = left.peers()[0]
      assert.equal(status?.sentFrames, 800)
      assert.equal(status.receivedFrames, 800)
      assert.equal(status.queuedFrames, 0)
      assert.equal(status.queuedBytes, 0)
    })

    it('refuses a frame above the bound, and sends to nobody it does not know', async () => {
      const [left, right] = await pair(harness)
      assert.throws(() => left.send(right.self, new Uint8Array(64 * 1024 + 1), 'bulk'), RangeError)
      assert.equal(left.send('ff'.repeat(32), new Uint8Array(1), 'agreement'), false)
      assert.equal(left.send(left.self, new Uint8Array(1), 'agreement'), false)
    })

    it('lets agreement overtake what waits, and bulk share with gossip', async () => {
      const [left, right] = await pair(harness)
      const received = collect(right)
      const send = (tag: number, priority: Priority): boolean => left.send(right.self, Uint8Array.of(tag), priority)
      for (let index = 0; index < 10; index++) send(1, 'gossip')
      for (let index = 0; index < 10; index++) send(2, 'bulk')
      for (let index = 0; index < 3; index++) send(3, 'agreement')
      await until(() => received.length === 23)
      const tags = received.map((frame) => frame.bytes[0])
      assert.deepEqual(tags.slice(0, 3), [3, 3, 3])
      assert(tags.slice(3, 13).includes(1) && tags.slice(3, 13).includes(2), tags.join())
    })

    it('bounds what waits for a slow peer: gossip is dropped, the link stands, and goes on when the peer does', async () => {
      const [left, right] = await pair(harness)
      const states = watchPeers(left)
      let open = (): void => undefined
      const gate = new Promise<void>((resolve) => {
        open = resolve
      })
      let handled = 0
      right.onFrame(async () => {
        await gate
        handled += 1
      })
      let accepted = 0
      let refused = 0
      for (let index = 0; index < 3_000 && refused < 50; index++) {
        if (left.send(right.self, new Uint8Array(32 * 1024), 'gossip')) accepted += 1
        else refused += 1
        if (index % 4 === 0) await turn()
      }
      assert.equal(refused, 50)
      const status = left.peers()[0]
      assert.equal(status?.droppedFrames, 50)
      assert(status.queuedBytes <= 256 * 1024 + 64 * 1024 + 64 * 1024, `${status.queuedBytes} bytes wait`)
      open()
      await until(() => handled === accepted)
      assert.deepEqual(states, [])
    })

    it('ends the link when votes would be dropped', async () => {
      const [left, right] = await pair(harness)
      const states = watchPeers(left)
      right.onFrame(() => new Promise(() => undefined))
      for (let index = 0; index < 3_000 && states.length === 0; index++) {
        left.send(right.self, new Uint8Array(32 * 1024), 'agreement')
        if (index % 4 === 0) await turn()
      }
      assert.equal(states[0], `${right.self} disconnected`)
      await until(() => states.includes(`${right.self} connected`))
    })

    it('tells when a peer stops, sends nothing to it, and links again when it returns', async () => {
      const [left, right] = await pair(harness)
      const states = watchPeers(left)
      await right.stop()
      await until(() => states.length === 1)
      assert.deepEqual(states, [`${right.self} disconnected`])
      assert.equal(left.send(right.self, new Uint8Array(1), 'agreement'), false)
      const again = await harness.reopen(right)
      const received = collect(again)
      await until(() => states.length === 2)
      await linked([left, again])
      assert(left.send(again.self, Uint8Array.of(42), 'agreement'))
      await until(() => received.length === 1)
    })

    it('hands nothing on after stop', async () => {
      const [left, right] = await pair(harness)
      const received = collect(right)
      await right.stop()
      left.send(right.self, new Uint8Array(1), 'agreement')
      await settled()
      assert.equal(received.length, 0)
      assert.equal(right.send(left.self, new Uint8Array(1), 'agreement'), false)
    })
  })
}

/** Resolves when all see all as connected. */
export async function linked(nodes: readonly Transport[]): Promise<void> {
  const ids = new Set(nodes.map((node) => node.self))
  await until(() => nodes.every((node) => node.peers().every((peer) => peer.connected || !ids.has(peer.id))))
}

/** Polls `condition`; fails the test when it does not come true. */
export async function until(condition: () => boolean, timeoutMs = patienceMs): Promise<void> {
  const deadlineMs = performance.now() + timeoutMs
  while (!condition()) {
    assert(performance.now() < deadlineMs, `not in time: ${condition}`)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

/** Time for what must not happen. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 100))
}

export interface ReceivedFrame {
  readonly from: PeerId
  readonly bytes: Uint8Array
}

export function collect(node: Transport): ReceivedFrame[] {
  const received: ReceivedFrame[] = []
  node.onFrame((from, frame) => {
    received.push({ from, bytes: Uint8Array.from(frame) })
  })
  return received
}

export function watchPeers(node: Transport): string[] {
  const states: string[] = []
  node.onPeer((peer, state) => {
    states.push(`${peer} ${state}`)
  })
  return states
}

async function pair(harness: TransportHarness): Promise<[Transport, Transport]> {
  const nodes = await harness.open(2, limits)
  await linked(nodes)
  // Let the announcement of the link pass before a test listens.
  await turn()
  return nodes as [Transport, Transport]
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}

function patterned(bytes: number, seed: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, index) => (index * 31 + seed * 7) & 0xff)
}
