import assert from 'node:assert/strict'
import test from 'node:test'
import { BlockSizing } from './block-sizing.ts'

const MAX_BYTES = 1_048_576

function height(sizing: BlockSizing, startMs: number, tookMs: number, bytes: number): void {
  sizing.began(startMs)
  sizing.began(startMs + tookMs / 2)
  sizing.stored(startMs + tookMs, bytes)
}

test('full and quick blocks grow up to the ledger’s limit', () => {
  const sizing = new BlockSizing(MAX_BYTES)
  assert.equal(sizing.bytes, 262_144)
  for (let count = 0; count < 20; count++) height(sizing, count * 1_000, 50, sizing.bytes)
  assert.equal(sizing.bytes, MAX_BYTES)
})

test('slow blocks shrink, but never below the floor', () => {
  const sizing = new BlockSizing(MAX_BYTES)
  height(sizing, 0, 900, 200_000)
  assert.equal(sizing.bytes, 140_000)
  for (let count = 0; count < 20; count++) height(sizing, count * 1_000, 900, sizing.bytes)
  assert.equal(sizing.bytes, 65_536)
})

test('small blocks change nothing, slow or quick', () => {
  const sizing = new BlockSizing(MAX_BYTES)
  for (const tookMs of [5, 5_000]) height(sizing, 0, tookMs, 1_000)
  assert.equal(sizing.bytes, 262_144)
})

test('a block from catch-up, whose height never began here, is not measured', () => {
  const sizing = new BlockSizing(MAX_BYTES)
  sizing.stored(10_000, MAX_BYTES)
  assert.equal(sizing.bytes, 262_144)
})
