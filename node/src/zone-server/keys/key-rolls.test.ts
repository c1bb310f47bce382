import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ZoneLoad } from '@cresset/dns-server'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { KeyRolls } from './key-rolls.ts'
import type { ZoneKeyFolder } from './zone-key-folder.ts'

const [a, b] = [parseAbsoluteName('a'), parseAbsoluteName('b')]
const load = (outcome: ZoneLoad['outcome']): ZoneLoad => ({ apex: a, path: 'a', outcome })
const MINUTE_MS = 60_000

test('zones are signed again when it is the time of a key, and again each minute where that did not help', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000 })
  const due = new Map<Uint8Array, number | undefined>([
    [a, 1_000 + 5 * MINUTE_MS],
    [b, undefined],
  ])
  const events = () => [...due].map(([apex, atMs]) => ({ apex, atMs, event: 'active' as const }))
  const signed: [apex: Uint8Array, minute: number][] = []
  const told: string[] = []
  const outcomes: ZoneLoad['outcome'][] = ['frozen', 'kept', 'loaded', 'loaded']
  const rolls = new KeyRolls({
    keys: { events } as unknown as ZoneKeyFolder,
    async resign(apex) {
      signed.push([apex, (Date.now() - 1_000) / MINUTE_MS])
      const outcome = outcomes.shift() as ZoneLoad['outcome']
      if (outcome === 'loaded') due.set(apex, undefined)
      // As the keys do when they were served.
      rolls.wake()
      return [load(outcome)]
    },
    tell: (loads) => told.push(...loads.map(({ outcome }) => outcome)),
  })
  const minutes = async (count: number): Promise<void> => {
    for (let minute = 0; minute < count; minute++) {
      context.mock.timers.tick(MINUTE_MS)
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    }
  }
  rolls.wake()
  await minutes(20)
  assert.deepEqual(
    signed,
    [5, 6, 7].map((minute) => [a, minute]),
  )
  assert.deepEqual(told, ['kept', 'loaded'])
  due.set(b, Date.now() + 1)
  rolls.wake()
  await minutes(1)
  assert.equal(signed.length, 4)
  due.set(b, Date.now() + 1)
  rolls.wake()
  rolls.close()
  await minutes(5)
  assert.equal(signed.length, 4)
})

test('a key that waits for a secondary has nothing signed, and secondaries are looked at each minute', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000 })
  let looks = 0
  let isOver = false
  let signed = 0
  const events = () =>
    isOver ? [] : [{ apex: a, atMs: 500, event: 'active' as const, ...(looks < 3 && { waitsFor: 'b' }) }]
  const rolls = new KeyRolls({
    keys: { events } as unknown as ZoneKeyFolder,
    look: async () => {
      looks += 1
    },
    async resign() {
      signed += 1
      isOver = true
      return [load('loaded')]
    },
    tell: () => undefined,
  })
  rolls.wake()
  const seen: number[][] = []
  for (let minute = 0; minute < 5; minute++) {
    context.mock.timers.tick(MINUTE_MS)
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    seen.push([looks, signed])
  }
  assert.deepEqual(seen, [
    [1, 0],
    [2, 0],
    [3, 1],
    [3, 1],
    [3, 1],
  ])
  rolls.close()
})
