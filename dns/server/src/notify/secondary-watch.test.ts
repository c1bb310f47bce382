import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { formatName, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { serveDns } from '../serve.ts'
import { ZoneStore } from '../store/zone-store.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { readZoneText } from '../testing/zone-text.ts'
import { SecondaryWatch } from './secondary-watch.ts'

const text = (serial: number): string => `@ 60 SOA ns host ${serial} 60 30 600 60\n@ 60 NS ns\n`
const nameOf = (index: number): Uint8Array => parseAbsoluteName(`z${index}`)

function soa(index: number, serial: number): Uint8Array {
  const zone = zoneOf(`z${index}`, text(serial))
  return zone.rrset(zone.apexOwner, RecordType.SOA) as Uint8Array
}

test('the lag is the age of the first version that a secondary lacks; who does not answer is as it was', async (context) => {
  const store = new ZoneStore()
  const show = (serial: number): void =>
    store.apply([{ apex: nameOf(0), put: readZoneText('z0', text(serial)) }], serial)
  show(7)
  const secondary = await serveDns({ address: '127.0.0.1', port: 0, source: store })
  let nowMs = 1_000_000
  const [there, nobody] = [secondary.port, 1].map((port) => ({ address: '127.0.0.1', port }))
  const watch = new SecondaryWatch({ targets: [there!, nobody!], nowMs: () => nowMs })
  context.after(() => watch.close())
  const told = (of = there): string[] =>
    watch
      .readings()
      .flatMap(({ target, apex, serial, lagSeconds }) =>
        target === of ? [`${formatName(apex)} ${serial} ${lagSeconds}`] : [],
      )
  assert.deepEqual(told(), [])
  watch.published(nameOf(0), soa(0, 7))
  assert.deepEqual(told(), ['z0. undefined 0'])
  await watch.ask()
  assert.deepEqual(told(), ['z0. 7 0'])
  for (const serial of [8, 9, 9]) {
    nowMs += 10_000
    watch.published(nameOf(0), soa(0, serial))
  }
  assert.deepEqual(told(), ['z0. 7 20'])
  show(8)
  await watch.ask()
  assert.deepEqual(told(), ['z0. 8 10'])
  show(9)
  await watch.ask()
  assert.deepEqual(told(), ['z0. 9 0'])
  await secondary.close()
  nowMs += 5_000
  watch.published(nameOf(0), soa(0, 10))
  nowMs += 5_000
  await watch.ask()
  assert.deepEqual(told(), ['z0. 9 5'])
  assert.deepEqual(told(nobody), ['z0. undefined 40'], 'as if it had nothing')
  watch.ended(nameOf(0))
  assert.deepEqual(told(), [])
})

test('of many zones all are asked for in turn', async (context) => {
  const store = new ZoneStore()
  const zones = Array.from({ length: 450 }, (_, index) => index)
  store.apply(
    zones.map((index) => ({ apex: nameOf(index), put: readZoneText(`z${index}`, text(3)) })),
    1,
  )
  const secondary = await serveDns({ address: '127.0.0.1', port: 0, source: store })
  context.after(() => secondary.close())
  const watch = new SecondaryWatch({ targets: [{ address: '127.0.0.1', port: secondary.port }] })
  context.after(() => watch.close())
  for (const index of zones) watch.published(nameOf(index), soa(index, 3))
  const counts: number[] = []
  for (let round = 0; round < 3; round++) {
    await watch.ask()
    counts.push(watch.readings().filter(({ serial }) => serial !== undefined).length)
  }
  assert.deepEqual(counts, [200, 400, 450])
})

test('a secondary that does not answer keeps nobody else from being asked', async (context) => {
  const store = new ZoneStore()
  const zones = Array.from({ length: 40 }, (_, index) => index)
  const show = (serial: number): void =>
    store.apply(
      zones.map((index) => ({ apex: nameOf(index), put: readZoneText(`z${index}`, text(serial)) })),
      serial,
    )
  show(1)
  const secondary = await serveDns({ address: '127.0.0.1', port: 0, source: store })
  context.after(() => secondary.close())
  const silent = createSocket('udp4').bind(0, '127.0.0.1')
  context.after(() => silent.close())
  await once(silent, 'listening')
  const questions = new Set<string>()
  // As soon as nothing is left to be seen it refuses, so that the last question ends at once.
  let refuse: (() => void) | undefined
  let isOver = false
  silent.on('message', (bytes, { port, address }) => {
    questions.add(bytes.subarray(12).toString('hex'))
    refuse = () => silent.send([bytes.subarray(0, 2), Uint8Array.of(0x80, 5), bytes.subarray(4)], port, address)
    if (isOver) refuse()
  })
  const targets = [silent.address().port, secondary.port].map((port) => ({ address: '127.0.0.1', port }))
  const watch = new SecondaryWatch({ targets, intervalMs: 1 })
  for (const index of zones) watch.published(nameOf(index), soa(index, 1))
  const isUpTo = (serial: number): boolean =>
    watch.readings().every((reading) => reading.target !== targets[1] || reading.serial === serial)
  for (const serial of [1, 2, 3]) {
    show(serial + 1)
    while (!isUpTo(serial + 1)) await delay(1)
  }
  assert.ok(questions.size < zones.length / 2, `${questions.size} zones were asked of the silent one`)
  watch.close()
  isOver = true
  refuse?.()
})
