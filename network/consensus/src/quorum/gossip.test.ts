import assert from 'node:assert/strict'
import test from 'node:test'
import { decodeFrame, frameCodecsFor, MAX_GOSSIP_BYTES } from './frames.ts'
import { Gossip } from './gossip.ts'
import { ManualClock, RecordingNetwork } from './testing/environment.ts'
import { genesis } from './testing/replica.ts'

const codecs = frameCodecsFor(genesis.parameters)

function setUp(): { gossip: Gossip; clock: ManualClock; take: () => { peer: string; count: number }[] } {
  const clock = new ManualClock()
  const network = new RecordingNetwork(['a', 'b', 'c'])
  const gossip = new Gossip(network, clock, codecs)
  const take = (): { peer: string; count: number }[] =>
    network.takeSent().map(({ peer, frame }) => {
      const transactions = decodeFrame(codecs.transactions, frame)
      assert.ok(transactions !== undefined && frame[0] === 2)
      return { peer, count: transactions.length }
    })
  return { gossip, clock, take }
}

test('a lone transaction leaves at once, to every peer once; those right after it share a frame', () => {
  const { gossip, clock, take } = setUp()
  gossip.add(new Uint8Array(250))
  assert.deepEqual(take(), [
    { peer: 'a', count: 1 },
    { peer: 'b', count: 1 },
    { peer: 'c', count: 1 },
  ])
  for (let count = 0; count < 10; count++) gossip.add(new Uint8Array(250))
  assert.deepEqual(take(), [])
  clock.advance(2)
  assert.deepEqual(
    take().map(({ count }) => count),
    [10, 10, 10],
  )
})

test('a frame never grows over its limit, and nothing is left behind', () => {
  const { gossip, clock, take } = setUp()
  const long = new Uint8Array(60_000)
  for (let count = 0; count < 50; count++) gossip.add(long)
  clock.advance(10)
  const perPeer = take().filter(({ peer }) => peer === 'a')
  assert.equal(
    perPeer.reduce((sum, { count }) => sum + count, 0),
    50,
  )
  for (const { count } of perPeer) assert.ok(count * long.length <= MAX_GOSSIP_BYTES)
})

test('after the end nothing leaves', () => {
  const { gossip, clock, take } = setUp()
  gossip.add(new Uint8Array(1))
  take()
  gossip.add(new Uint8Array(1))
  gossip.stop()
  clock.advance(100)
  assert.deepEqual(take(), [])
})
