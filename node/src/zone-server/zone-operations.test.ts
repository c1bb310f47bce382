import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ZoneFiles, ZoneLoad } from '@cresset/dns-server'
import { formatName, parseAbsoluteName } from '@cresset/dns-wire'
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

test('updates of a zone that wait are carried out together, up to a bound; each hears of its own', async () => {
  const zoneB = parseAbsoluteName('b')
  const calls: string[] = []
  let end: () => void = () => undefined
  const { operations, heard } = operating({
    loadOne: async () => {
      await new Promise<void>((resolve) => {
        end = resolve
      })
      return load('unchanged')
    },
    async updateTogether(name, plans) {
      calls.push(`${formatName(name)} ${plans.length}`)
      return plans.map((_plan, index) => ({ kind: 'changed', rcode: 0, text: `${formatName(name)} ${index}` }))
    },
  })
  const plan = (): never => assert.fail('the zones carry it out')
  const loading = operations.reloadOne(apex)
  const first = Array.from({ length: 33 }, () => operations.update(apex, plan))
  const other = operations.update(zoneB, plan)
  const last = operations.update(apex, plan)
  await new Promise(setImmediate)
  assert.deepEqual(calls, [])
  end()
  const texts = (await Promise.all([...first, last, other])).map(({ text }) => text)
  assert.deepEqual(texts, [...Array.from({ length: 32 }, (_, index) => `a. ${index}`), 'a. 0', 'a. 1', 'b. 0'])
  await operations.close()
  assert.deepEqual(calls, ['a. 32', 'a. 2', 'b. 1'])
  assert.deepEqual(heard, ['unchanged', 'loaded', 'loaded', 'loaded'])
  await loading
})

test('a defect in one of the updates that wait together is told to all of them, and holds up none behind them', async () => {
  let isBroken = true
  const { operations } = operating({
    async updateTogether(_name, plans) {
      if (isBroken) throw new Error('a defect')
      return plans.map(() => ({ kind: 'unchanged', rcode: 0, text: '' }))
    },
  })
  const plan = (): never => assert.fail('the zones carry it out')
  const both = await Promise.allSettled([operations.update(apex, plan), operations.update(apex, plan)])
  assert.deepEqual(
    both.map((one) => one.status === 'rejected' && String(one.reason)),
    ['Error: a defect', 'Error: a defect'],
  )
  isBroken = false
  assert.equal((await operations.update(apex, plan)).kind, 'unchanged')
})
