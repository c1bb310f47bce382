import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sha256 } from '@cresset/core-crypto'
import type { LoggedBlock } from './block-log.ts'
import { BlockLog, heightPart, keysBelow, layout, openMemoryStore, readHeight } from './index.ts'

const text = (value: string) => new TextEncoder().encode(value)

function blockAt(height: number, transactions: number): LoggedBlock {
  const ids = Array.from({ length: transactions }, (_, index) => sha256(text(`transaction ${height} ${index}`)))
  return {
    height,
    blockHash: sha256(text(`block ${height}`)),
    block: text(`encoded block ${height}`),
    certificate: text(`certificate ${height}`),
    transactionIds: ids,
    receipts: ids.map((_, index) => text(`receipt ${index}`.repeat(index % 3))),
    changedNames: height % 2 === 0 ? [] : [`name${height}.acme`, 'ü.acme'],
  }
}

test('a block is found by height, hash and each of its transactions', async () => {
  const store = openMemoryStore()
  const log = new BlockLog(store)
  assert.equal(log.newestHeight, undefined)
  for (const height of [1, 2, 3]) await store.write(log.appendWrites(blockAt(height, height * 2 - 2)))
  assert.equal(log.newestHeight, 3)
  assert.equal(log.oldestHeight, 1)
  for (const height of [1, 2, 3]) {
    const expected = blockAt(height, height * 2 - 2)
    assert.deepEqual(log.block(height), expected.block)
    assert.deepEqual(log.blockHash(height), expected.blockHash)
    assert.deepEqual(log.certificate(height), expected.certificate)
    assert.equal(log.heightOf(expected.blockHash), height)
    assert.deepEqual(log.changedNames(height), expected.changedNames)
    expected.transactionIds.forEach((id, index) => {
      assert.deepEqual(log.receipt(id), { height, index, receipt: expected.receipts[index] })
    })
  }
  assert.equal(log.block(4), undefined)
  assert.equal(log.receipt(sha256(text('unknown'))), undefined)
  assert.equal(log.heightOf(sha256(text('unknown'))), undefined)
})

test('a block goes with everything that points to it', async () => {
  const store = openMemoryStore()
  const log = new BlockLog(store)
  for (let height = 1; height <= 5; height++) await store.write(log.appendWrites(blockAt(height, 3)))
  assert.deepEqual(log.removeWrites(6), [])
  for (const height of [1, 2, 5]) await store.write(log.removeWrites(height))
  assert.equal(log.oldestHeight, 3)
  assert.equal(log.newestHeight, 4)
  for (const id of blockAt(2, 3).transactionIds) assert.equal(log.receipt(id), undefined)
  for (const height of [3, 4]) await store.write(log.removeWrites(height))
  assert.deepEqual([...store.range({ gte: Uint8Array.of(0), lt: Uint8Array.of(255) })], [])
})

test('keys order like heights, and a namespace ends where the next begins', () => {
  const heights = [0, 1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5, 2 ** 48 - 1]
  for (const height of heights) assert.equal(readHeight(heightPart(height)), height)
  const keys = heights.map((height) => Buffer.from(heightPart(height)))
  assert.deepEqual([...keys].sort(Buffer.compare), keys)
  assert.throws(() => heightPart(2 ** 48), /not a height/)
  assert.deepEqual(keysBelow(layout.accountIndex, Uint8Array.of(1, 255, 255)), {
    gte: Uint8Array.of(9, 1, 255, 255),
    lt: Uint8Array.of(9, 2),
  })
  assert.equal(new Set(Object.values(layout)).size, Object.keys(layout).length)
})
