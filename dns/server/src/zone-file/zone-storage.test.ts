import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { differenceOf, type ZoneDifference } from '../journal/zone-difference.ts'
import { soaSerial } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { finishSliced } from './slice.ts'
import { ZoneStorage } from './zone-storage.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-zone-storage-'))
after(() => rm(folder, { recursive: true, force: true }))

const apex = parseAbsoluteName('example')
const zoneAt = (serial: number, more = ''): MemoryZone =>
  zoneOf('example', `@ 60 SOA ns host ${serial} 3600 600 604800 300\n@ 60 NS ns\n${more}`)
const state = { files: [], isUpdated: true, records: 2, signed: null }
const between = async (before: MemoryZone, next: MemoryZone): Promise<ZoneDifference> =>
  (await finishSliced(differenceOf(before, next))) ?? assert.fail()

test('a version that nothing leads to is stored without what led to the one before', async () => {
  const storage = new ZoneStorage({ pathOf: () => join(folder, 'led.journal'), mayBeUpdated: () => true })
  const stored = async (): Promise<string[]> => {
    const { zone, differences } = (await storage.restore(apex)) ?? assert.fail()
    return [zone.soa, ...differences.map(({ toSoa }) => toSoa)].map((soa) => String(soaSerial(soa ?? assert.fail())))
  }
  assert.equal(await storage.restore(apex), undefined)
  const [first, second, third] = [zoneAt(1), zoneAt(2), zoneAt(3)]
  await storage.store({ apex, zone: first, state, difference: undefined, history: [] })
  const difference = await between(first, second)
  await storage.store({ apex, zone: second, state, difference, history: [] })
  assert.deepEqual(await stored(), ['2', '2'])
  await storage.store({ apex, zone: third, state, difference: undefined, history: [difference] })
  assert.deepEqual(await stored(), ['3'])
  await storage.close()
})

test('a zone grows to bounds of records, of names and of bytes; what is over one may stay, and shrink', () => {
  const storage = new ZoneStorage({ pathOf: () => '', mayBeUpdated: () => true, maxRecords: 10, maxBytes: 1_000 })
  const size = (records: number, labels: number, zoneBytes: number) => ({
    zone: labels === 0 ? zoneAt(1) : zoneAt(1, `${'a.'.repeat(labels - 1)}a 60 TXT "x"\n`),
    records,
    zoneBytes,
  })
  const small = size(2, 0, 100)
  assert.equal(storage.growthFault(small, size(10, 39, 1_000)), undefined)
  for (const [great, what] of [
    [size(11, 0, 100), 'records'],
    [size(3, 40, 100), 'names'],
    [size(3, 0, 1_001), 'bytes'],
  ] as const) {
    assert.equal(storage.growthFault(small, great), `the zone would have too many ${what}`)
    assert.equal(storage.growthFault(great, great), undefined)
  }
  assert.equal(storage.growthFault(size(13, 0, 100), size(12, 0, 100)), undefined)
})
