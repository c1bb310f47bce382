import assert from 'node:assert/strict'
import { test } from 'node:test'
import { progressOf } from './node-progress.ts'
import { watchNode } from './watch-node.ts'

const peers = (connected: number, all = 4): { id: string; name: string; connected: boolean }[] =>
  Array.from({ length: all }, (_, index) => ({ id: String(index), name: `n${index}`, connected: index < connected }))
const engine = { phase: 'waiting', trouble: undefined, highestSeen: 0 }

test('each step of a node has a line of its own', () => {
  const base = { kind: 'follower', membership: 'member', peers: peers(4), height: 12, engine } as const
  const lines = [
    progressOf({ ...base, membership: 'waiting', peers: peers(0), height: 0 }),
    progressOf({
      ...base,
      membership: 'waiting',
      height: 0,
      engine: { ...engine, phase: 'fetching-state', trouble: 'fetches the state: part 1 of 9' },
    }),
    progressOf({ ...base, membership: 'arriving', engine: { ...engine, highestSeen: 48 } }),
    progressOf({ ...base, height: 0 }),
    progressOf(base),
    progressOf({ ...base, kind: 'validator', engine: { ...engine, highestSeen: 13 } }),
    progressOf({ ...base, peers: peers(0) }),
    progressOf({ ...base, membership: 'removed', peers: peers(0) }),
  ]
  assert.deepEqual(lines, [
    'waits to be admitted: no node of the network links with it yet',
    'fetches the state: part 1 of 9',
    'replays blocks: 12 of 48 (25 %)',
    'waits for the first block',
    'follows at height 12',
    'takes part in agreement at height 12',
    'has no link to any of 4 nodes; the newest block here is 12',
    'was removed by the members at height 12 or before',
  ])
})

test('a line is told when it comes up, numbers that rise now and then, a problem once it lasts', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] })
  let nowMs = 0
  context.mock.method(performance, 'now', () => nowMs)
  const status = { progress: 'follows at height 1', problems: [] as string[], ready: true }
  const told: string[] = []
  const stop = watchNode({ status: () => status as never }, (line, kind) => told.push(`${kind}: ${line}`))
  const pass = (ms: number): void => {
    for (let left = ms; left > 0; left -= 500) {
      nowMs += 500
      context.mock.timers.tick(500)
    }
  }
  const heard = (): string[] => told.splice(0)
  assert.deepEqual(heard(), ['progress: follows at height 1'])
  status.progress = 'follows at height 2'
  pass(5_000)
  assert.deepEqual(heard(), [])
  pass(60_000)
  assert.deepEqual(heard(), ['progress: follows at height 2'])
  status.problems = ['n1 has no link']
  pass(1_000)
  status.problems = []
  pass(1_000)
  assert.deepEqual(heard(), [])
  status.problems = ['3 nodes are missing']
  pass(5_000)
  status.problems = ['2 nodes are missing']
  pass(5_000)
  assert.deepEqual(heard(), ['problem: 3 nodes are missing'])
  status.problems = []
  status.ready = false
  status.progress = 'replays blocks: 1 of 9'
  pass(500)
  status.progress = 'replays blocks: 2 of 9'
  pass(5_500)
  assert.deepEqual(heard(), ['progress: replays blocks: 1 of 9', 'progress: replays blocks: 2 of 9'])
  stop()
  status.progress = 'something else'
  pass(5_000)
  assert.deepEqual(heard(), [])
})
