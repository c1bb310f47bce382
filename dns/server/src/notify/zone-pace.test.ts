import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ZonePace } from './zone-pace.ts'

test('the first at once, the last of the others after the rest, and each zone for itself', (context) => {
  context.mock.timers.enable({ apis: ['setTimeout'] })
  const done: string[] = []
  const pace = new ZonePace(1_000)
  const run = (zone: string, what: string): void => pace.run(zone, () => done.push(what))
  for (const what of ['a1', 'a2', 'a3']) run('a', what)
  run('b', 'b1')
  assert.deepEqual(done.splice(0), ['a1', 'b1'])
  context.mock.timers.tick(999)
  assert.deepEqual(done.splice(0), [])
  context.mock.timers.tick(1)
  assert.deepEqual(done.splice(0), ['a3'])
  // It rests again, as after any.
  run('a', 'a4')
  run('b', 'b2')
  assert.deepEqual(done.splice(0), ['b2'])
  context.mock.timers.tick(1_000)
  assert.deepEqual(done.splice(0), ['a4'])
  context.mock.timers.tick(1_000)
  run('a', 'a5')
  run('a', 'a6')
  assert.deepEqual(done.splice(0), ['a5'])
  pace.close()
  context.mock.timers.tick(10_000)
  assert.deepEqual(done, [])
})
