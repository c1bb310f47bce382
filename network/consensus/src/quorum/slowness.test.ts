import assert from 'node:assert/strict'
import test from 'node:test'
import { utf8 } from '@cresset/core-codec'
import { Cluster, peerOf } from './testing/replica.ts'

/** The one that is down; it would propose heights 3, 7, … */
const DOWN = 3

/** Three of four, which know that the fourth is down. */
function threeOfFour(): Cluster {
  const cluster = new Cluster()
  for (const replica of cluster.replicas) {
    replica.transactions = [utf8('a transaction')]
    replica.take({ kind: 'link', peer: peerOf(DOWN), up: false })
  }
  return cluster
}

const heightsOf = (cluster: Cluster): number[] => cluster.replicas.slice(0, DOWN).map(({ state }) => state.height)
const slownessOf = (cluster: Cluster): number[] => cluster.replicas.slice(0, DOWN).map(({ state }) => state.slowness)

function timeOut(cluster: Cluster): void {
  for (const replica of cluster.replicas.slice(0, DOWN)) replica.timeout('view')
  cluster.settle()
}

test('with one down, views get longer when those of the others were too short', () => {
  const cluster = threeOfFour()
  const isCut = (from: number, to: number): boolean => from === DOWN || to === DOWN
  // The first proposal of each height is late, whoever makes it.
  cluster.lose = (from, to, { kind, body }) =>
    isCut(from, to) || body.height > 2 || (kind === 'proposal' && 'view' in body && body.view === 0)
  cluster.start()
  cluster.settle()
  for (const expected of [1, 2]) {
    timeOut(cluster)
    // View 1 of height 2 is the turn of the one that is down.
    if (expected === 2) timeOut(cluster)
    assert.deepEqual(slownessOf(cluster), [expected, expected, expected])
    assert.deepEqual(heightsOf(cluster), [expected + 1, expected + 1, expected + 1])
  }
})

test('a turn of the one that is down teaches nothing about the time that views need', () => {
  const cluster = threeOfFour()
  cluster.lose = (from, to, { body }) => from === DOWN || to === DOWN || body.height > DOWN
  cluster.start()
  cluster.settle()
  assert.deepEqual(heightsOf(cluster), [DOWN, DOWN, DOWN])
  timeOut(cluster)
  assert.deepEqual(heightsOf(cluster), [DOWN + 1, DOWN + 1, DOWN + 1])
  assert.deepEqual(slownessOf(cluster), [0, 0, 0])
})
