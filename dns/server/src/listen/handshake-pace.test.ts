import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HandshakePace } from './handshake-pace.ts'

type Mock = { mock: { timers: { enable(options: { apis: ['setTimeout'] }): void; tick(ms: number): void } } }

/** A pace, a clock, and who began since the last look. */
function setUp({ mock: { timers } }: Mock) {
  timers.enable({ apis: ['setTimeout'] })
  let nowMs = 1_000
  const begun: string[] = []
  const pace = new HandshakePace({ maxHandshakesPerSecond: 100, maxHandshakesPerSecondPerClient: 40 }, () => nowMs)
  return {
    pace,
    enter: (client: string, what = client) => pace.enter(client, () => begun.push(what)),
    look: () => begun.splice(0),
    tick(ms: number): string[] {
      for (let step = 0; step < ms; step++) {
        nowMs += 1
        timers.tick(1)
      }
      return begun.splice(0)
    },
  }
}

test('a few at once, then each when its client has its share again, in order', (context) => {
  const { enter, look, tick, pace } = setUp(context)
  for (let index = 0; index < 8; index++) enter('a', `a${index}`)
  assert.deepEqual(look(), ['a0', 'a1', 'a2', 'a3'])
  assert.deepEqual(tick(24), [])
  assert.deepEqual(tick(1), ['a4'])
  assert.deepEqual(tick(75), ['a5', 'a6', 'a7'])
  assert.equal(pace.size, 1)
  // After a rest nothing is kept of a client.
  tick(1_000)
  enter('b')
  assert.deepEqual([look(), pace.size], [['b'], 1])
})

test('all together have a rate too, and those who flood wait for themselves', (context) => {
  const { enter, look, tick } = setUp(context)
  const flood = Array.from({ length: 40 }, (_, index) => `f${index % 4}`)
  for (const client of flood) enter(client)
  assert.equal(look().length, 10)
  enter('other')
  // Each of the four has one turn before, at 10 ms.
  assert.ok(tick(50).includes('other'))
  assert.equal(tick(1_000).length, 40 - 10 - 4)
})

test('in a second no more begin than the rate and what may begin at once', (context) => {
  const { enter, look, tick } = setUp(context)
  for (let index = 0; index < 1_000; index++) enter(`c${index}`)
  assert.equal(look().length + tick(1_000).length, 10 + 100)
})

test('who goes while it waits has no turn, and nothing of it is kept', (context) => {
  const { enter, look, tick, pace } = setUp(context)
  const leave = Array.from({ length: 300 }, (_, index) => enter(`c${index}`))
  assert.equal(look().length, 10)
  for (const back of leave) back()
  assert.equal(pace.size, 10)
  assert.deepEqual(tick(1_000), [])
  // Going twice takes nothing from who came since.
  leave[0]?.()
  for (let index = 0; index < 5; index++) enter('c0', `again ${index}`)
  leave[0]?.()
  assert.equal(look().length, 4)
  assert.deepEqual(tick(25), ['again 4'])
})
