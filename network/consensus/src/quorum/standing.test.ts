import assert from 'node:assert/strict'
import test from 'node:test'
import { toHex, utf8 } from '@cresset/core-codec'
import { standingOf } from './standing.ts'
import { Cluster, Replica, rootsOf } from './testing/replica.ts'

const presences = (replica: Replica, linked: readonly number[], inViewMs = 0) => {
  const { validators, mustReturn } = standingOf(replica.state, linked, inViewMs)
  return { presences: validators.map(({ presence }) => presence), mustReturn }
}

test('who is linked counts, who is not must return', () => {
  const replica = new Replica(0)
  replica.start()
  assert.deepEqual(presences(replica, [1, 2, 3]), { presences: Array(4).fill('voting'), mustReturn: 0 })
  assert.deepEqual(presences(replica, [1, 2]).mustReturn, 0)
  assert.deepEqual(presences(replica, [2]), {
    presences: ['voting', 'unlinked', 'voting', 'unlinked'],
    mustReturn: 1,
  })
  assert.equal(presences(replica, []).mustReturn, 2)
})

test('a validator without its vote record is here and abstains', () => {
  const replica = new Replica(0, { records: [] })
  replica.start()
  const { presences: seen, mustReturn } = presences(replica, [1, 2])
  assert.deepEqual(seen, ['abstaining', 'voting', 'voting', 'unlinked'])
  assert.equal(mustReturn, 1)
})

test('linked validators that take no part in the view are silent after some repetitions', () => {
  const cluster = new Cluster()
  for (const replica of cluster.replicas) replica.transactions = [utf8('a transaction')]
  // Two of four say nothing; the other two ask for a view in which there is no quorum.
  cluster.lose = (from) => from >= 2
  cluster.start()
  cluster.settle()
  const [replica, other] = cluster.replicas
  assert.ok(replica && other)
  assert.equal(presences(replica, [1, 2, 3], 5_000).mustReturn, 0)
  for (const one of [replica, other]) one.timeout('view')
  cluster.settle()
  assert.equal(presences(replica, [1, 2, 3], 100).mustReturn, 0)
  assert.deepEqual(presences(replica, [1, 2, 3], 2_000), {
    presences: ['voting', 'voting', 'silent', 'silent'],
    mustReturn: 1,
  })
})

test('each signed state root is told, and the own one', () => {
  const cluster = new Cluster()
  cluster.replicas[1]!.transactions = [utf8('a transaction')]
  cluster.replicas[2]!.execute = () => rootsOf(utf8('another state'))
  cluster.replicas[3]!.execute = () => rootsOf(utf8('another state'))
  cluster.start()
  cluster.settle()
  for (const replica of cluster.replicas) assert.equal(replica.committed().length, 0)
  const roots = standingOf(cluster.replicas[0]!.state, [1, 2, 3], 0).validators.map(({ stateRoot }) => stateRoot)
  assert.equal(new Set(roots).size, 2)
  assert.equal(roots[0], roots[1])
  assert.equal(roots[2], toHex(rootsOf(utf8('another state')).stateRoot))
  assert.equal(roots[2], roots[3])
})
