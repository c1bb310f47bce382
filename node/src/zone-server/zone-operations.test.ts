import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ZoneFiles, ZoneLoad } from '@cresset/dns-server'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { type ZoneLists, ZoneOperations } from './zone-operations.ts'

const apex = parseAbsoluteName('a')
const load = (outcome: ZoneLoad['outcome']): ZoneLoad => ({ apex, path: 'file', outcome })
const noLists: ZoneLists = { read: async () => undefined, publish: async () => [] }
const HOUR_MS = 3_600_000

/** Operations on zones that do as the test says, and what was heard of. */
function operating(zones: Partial<ZoneFiles>, lists = noLists) {
  const heard: string[] = []
  const operations = new ZoneOperations(
    { signal: async () => [], ...zones } as ZoneFiles,
    (loads) => heard.push(loads.map(({ outcome }) => outcome).join(' ')),
    lists,
  )
  return { operations, heard }
}

test('one work at a time, in the order in which they were asked for; one that fails holds up none', async () => {
  const order: string[] = []
  const work = (name: string, outcome?: ZoneLoad['outcome']) => async () => {
    order.push(`${name} begins`)
    await new Promise(setImmediate)
    order.push(`${name} ends`)
    if (outcome === undefined) throw new Error('a defect')
    return load(outcome)
  }
  const { operations, heard } = operating({
    load: async () => [await work('load')()],
    loadOne: work('one', 'loaded'),
    thaw: work('thaw', 'unchanged'),
    freeze: async () => {
      order.push('freeze')
      return true
    },
  })
  const all = [operations.reload(), operations.reloadOne(apex), operations.freeze(apex), operations.thaw(apex)] as const
  await assert.rejects(all[0], /a defect/)
  assert.deepEqual(await Promise.all(all.slice(1)), [[load('loaded')], true, [load('unchanged')]])
  assert.deepEqual(order, [
    ...['load begins', 'load ends', 'one begins', 'one ends'],
    ...['freeze', 'thaw begins', 'thaw ends'],
  ])
  assert.deepEqual(heard, ['loaded', '', 'unchanged'])
})

test('zones are signed again each day, an hour later when one was not, and no more once it is closed', async (context) => {
  context.mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000 })
  const outcomes: ZoneLoad['outcome'][] = ['loaded', 'kept', 'loaded']
  const times: number[] = []
  const { operations, heard } = operating({
    resign: async () => {
      times.push((Date.now() - 1_000) / HOUR_MS)
      return [load(outcomes.shift() ?? 'loaded')]
    },
  })
  assert.equal(operations.nextSigningMs, undefined)
  const told: string[] = []
  const signing = operations.signDaily((loads) => told.push(...loads.map(({ outcome }) => outcome)))
  assert.equal(operations.nextSigningMs, 1_000 + 24 * HOUR_MS)
  const turn = async () => {
    for (let count = 0; count < 20; count++) await Promise.resolve()
  }
  for (let hour = 0; hour < 24 * 3 + 2; hour++) {
    context.mock.timers.tick(HOUR_MS)
    await turn()
  }
  assert.deepEqual(times, [24, 48, 49, 73])
  assert.deepEqual(
    [told, heard],
    [
      ['loaded', 'kept', 'loaded', 'loaded'],
      ['loaded', 'kept', 'loaded', 'loaded'],
    ],
  )
  assert.equal(operations.nextSigningMs, 1_000 + 97 * HOUR_MS)
  await operations.close()
  await signing
  context.mock.timers.tick(48 * HOUR_MS)
  await turn()
  assert.equal(times.length, 4)
})

test('it is closed when the work under way has ended, which needs its files', async () => {
  let end: () => void = () => undefined
  const { operations, heard } = operating({
    loadOne: async () => {
      await new Promise<void>((resolve) => {
        end = resolve
      })
      return load('loaded')
    },
  })
  const loading = operations.reloadOne(apex)
  await new Promise(setImmediate)
  const closed = operations.close().then(() => heard.push('closed'))
  await new Promise(setImmediate)
  assert.deepEqual(heard, [])
  end()
  await Promise.all([loading, closed])
  assert.deepEqual(heard, ['loaded', 'closed'])
})
