import assert from 'node:assert/strict'
import test from 'node:test'
import { BlockSizing } from './block-sizing.ts'

const MAX_BYTES = 1_048_576

/** A sizing and a clock that moves only by work. */
function sizingOf(): { sizing: BlockSizing; height: (workMs: number, bytes: number) => void } {
  let nowMs = 0
  const sizing = new BlockSizing(MAX_BYTES, () => nowMs)
  const height = (workMs: number, bytes: number): void => {
    for (const part of [0.5, 0.5]) {
      sizing.measure(() => {
        nowMs += workMs * part
      })
    }
    // Waiting for disks and votes does not count.
    nowMs += 3_000
    sizing.stored(bytes)
  }
  return { sizing, height }
}

test('full blocks of little work grow up to the ledger’s limit', () => {
  const { sizing, height } = sizingOf()
  assert.equal(sizing.bytes, 262_144)
  for (let count = 0; count < 20; count++) height(50, sizing.bytes)
  assert.equal(sizing.bytes, MAX_BYTES)
})

test('blocks of much work shrink, but never below the floor', () => {
  const { sizing, height } = sizingOf()
  height(400, 200_000)
  assert.equal(sizing.bytes, 140_000)
  for (let count = 0; count < 20; count++) height(400, sizing.bytes)
  assert.equal(sizing.bytes, 65_536)
})

test('short blocks change nothing, much work or little', () => {
  const { sizing, height } = sizingOf()
  for (const workMs of [1, 5_000]) height(workMs, 1_000)
  assert.equal(sizing.bytes, 262_144)
})

test('work that throws is counted', () => {
  const { sizing, height } = sizingOf()
  assert.throws(() => sizing.measure(() => assert.fail('refused')))
  height(400, 200_000)
  assert.equal(sizing.bytes, 140_000)
})
