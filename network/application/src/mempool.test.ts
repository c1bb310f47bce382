import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Mempool, type PoolTransaction } from './mempool.ts'

let serial = 0

function transaction(sender: number, sequence: number, over: Partial<PoolTransaction> = {}): PoolTransaction {
  const id = new Uint8Array(32)
  new DataView(id.buffer).setUint32(0, ++serial)
  return {
    id,
    bytes: new Uint8Array(100),
    sender: new Uint8Array(32).fill(sender),
    sequence,
    validUntilMs: 1_000_000,
    units: 3,
    ...over,
  }
}

const limits = { maxBytes: 100_000, sequenceWindow: 64 }
const room = { timeMs: 0, maxBytes: 1_000_000, maxUnits: 1_000_000, overheadBytes: 4 }
const marks = (chosen: readonly PoolTransaction[]): string[] =>
  chosen.map((entry) => `${String.fromCharCode(96 + entry.sender[0]!)}${entry.sequence}`)

test('senders take turns, the oldest first, each in its own order', () => {
  const pool = new Mempool<PoolTransaction>(limits)
  for (const [sender, sequence] of [
    [1, 0],
    [1, 1],
    [1, 2],
    [2, 6],
    [2, 5],
    [3, 0],
  ] as const) {
    assert.equal(pool.add(transaction(sender, sequence), sender === 2 ? 5 : 0), undefined)
  }
  assert.deepEqual(marks(pool.select(room)), ['a0', 'b5', 'c0', 'a1', 'b6', 'a2'])
})

test('a gap holds later sequences back until it is filled', () => {
  const pool = new Mempool<PoolTransaction>(limits)
  pool.add(transaction(1, 1), 0)
  pool.add(transaction(1, 2), 0)
  assert.deepEqual(marks(pool.select(room)), [])
  pool.add(transaction(1, 0), 0)
  assert.deepEqual(marks(pool.select(room)), ['a0', 'a1', 'a2'])
})

test('the window, a taken sequence and a full pool are refused by code', () => {
  const pool = new Mempool<PoolTransaction>({ maxBytes: 250, sequenceWindow: 64 })
  assert.equal(pool.add(transaction(1, 4), 5), 'sequence-used')
  assert.equal(pool.add(transaction(1, 69), 5), 'sequence-too-far')
  assert.equal(pool.add(transaction(1, 68), 5), undefined)
  assert.equal(pool.add(transaction(1, 68), 5), 'sequence-pending')
  assert.equal(pool.add(transaction(2, 5), 5), undefined)
  assert.equal(pool.add(transaction(3, 5), 5), 'mempool-full')
  assert.deepEqual([pool.count, pool.bytes, pool.senders], [2, 200, 2])
})

test('a sender that had its turn goes behind those who still wait', () => {
  const pool = new Mempool<PoolTransaction>(limits)
  pool.add(transaction(1, 0), 0)
  pool.add(transaction(1, 1), 0)
  pool.add(transaction(2, 0), 0)
  const first = pool.select({ ...room, maxBytes: 104 })
  assert.deepEqual(marks(first), ['a0'])
  pool.committed(first, 1)
  assert.deepEqual(marks(pool.select({ ...room, maxBytes: 104 })), ['b0'])
})

test('a transaction leaves the pool after its last block time, and is not chosen past it', () => {
  const pool = new Mempool<PoolTransaction>(limits)
  pool.add(transaction(1, 0, { validUntilMs: 70_000 }), 0)
  pool.add(transaction(2, 0, { validUntilMs: 500_000 }), 0)
  assert.deepEqual(marks(pool.select({ ...room, timeMs: 70_000 })), ['a0', 'b0'])
  assert.deepEqual(marks(pool.select({ ...room, timeMs: 70_001 })), ['b0'])
  pool.committed([], 70_000)
  assert.equal(pool.count, 2)
  pool.committed([], 70_001)
  assert.equal(pool.count, 1)
  pool.committed([], 600_000)
  assert.deepEqual([pool.count, pool.bytes, pool.senders], [0, 0, 0])
})

test('random histories: counts agree with a plain list, selections are ordered and within their limits', () => {
  const operation = fc.record({
    sender: fc.integer({ min: 1, max: 5 }),
    ahead: fc.integer({ min: 0, max: 70 }),
    size: fc.integer({ min: 1, max: 400 }),
    validUntilMs: fc.integer({ min: 0, max: 300_000 }),
    commit: fc.integer({ min: 0, max: 9 }),
    maxBytes: fc.integer({ min: 1, max: 2_000 }),
  })
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (history) => {
      const pool = new Mempool<PoolTransaction>({ maxBytes: 6_000, sequenceWindow: 64 })
      const next = new Map<number, number>()
      let held: PoolTransaction[] = []
      let timeMs = 0
      for (const step of history) {
        const expected = next.get(step.sender) ?? 0
        const candidate = transaction(step.sender, expected + step.ahead, {
          bytes: new Uint8Array(step.size),
          validUntilMs: timeMs + step.validUntilMs,
        })
        if (pool.add(candidate, expected) === undefined) held.push(candidate)
        if (step.commit === 0) {
          const chosen = pool.select({ ...room, timeMs, maxBytes: step.maxBytes })
          assert.ok(chosen.reduce((sum, entry) => sum + entry.bytes.length + 4, 0) <= step.maxBytes)
          const upcoming = new Map(next)
          for (const entry of chosen) {
            const sender = entry.sender[0]!
            assert.equal(entry.sequence, upcoming.get(sender) ?? 0, 'in order, without a gap')
            assert.ok(entry.validUntilMs >= timeMs)
            upcoming.set(sender, entry.sequence + 1)
          }
          for (const [sender, sequence] of upcoming) next.set(sender, sequence)
          timeMs += 20_000
          pool.committed(chosen, timeMs)
          held = held.filter(
            (entry) => entry.sequence >= (next.get(entry.sender[0]!) ?? 0) && entry.validUntilMs >= timeMs,
          )
        }
        assert.equal(pool.count, held.length)
        assert.equal(
          pool.bytes,
          held.reduce((sum, entry) => sum + entry.bytes.length, 0),
        )
        assert.equal(pool.senders, new Set(held.map((entry) => entry.sender[0])).size)
        assert.ok(pool.bytes <= 6_000)
      }
    }),
    { numRuns: 200 },
  )
})
