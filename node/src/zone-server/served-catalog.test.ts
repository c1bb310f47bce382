import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { soaSerial, ZoneFiles } from '@cresset/dns-server'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { ServedCatalog } from './served-catalog.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-catalog-'))
after(() => rm(folder, { recursive: true, force: true }))
const apex = parseAbsoluteName('catalog.example')
const zoneText = '@ 60 SOA ns host 1 3600 600 604800 300\n@ 60 NS ns\nns 60 A 192.0.2.1\n'

async function zonesOf(...names: string[]): Promise<ZoneFiles> {
  const options = names.map((name) => ({ apex: parseAbsoluteName(name), path: join(folder, name) }))
  for (const { path } of options) await writeFile(path, zoneText)
  const zones = new ZoneFiles(options)
  await zones.load()
  return zones
}

const serialOf = ({ zone }: ServedCatalog): number => soaSerial(zone.soa as Uint8Array)

test('the serial rises with each change of the members, also over starts within one second', async () => {
  const place = { apex, folder: join(folder, 'state') }
  const before = Math.floor(Date.now() / 1_000)
  const first = new ServedCatalog(place)
  assert.equal(await first.list(await zonesOf('a.example')), undefined)
  const serial = serialOf(first)
  assert.ok(serial >= before)
  await first.list(await zonesOf('a.example'))
  assert.equal(serialOf(first), serial, 'nothing changed')
  await first.list(await zonesOf('a.example', 'b.example'))
  assert.ok(serialOf(first) > serial)
  const second = new ServedCatalog(place)
  await second.list(await zonesOf('b.example'))
  assert.ok(serialOf(second) > serialOf(first))
  assert.equal(await readFile(join(place.folder, 'catalog.example.serial'), 'latin1'), `${serialOf(second)}\n`)
  assert.equal(second.zone.differences(apex, serialOf(first)), undefined)
})

test('a serial that cannot be kept leaves the list from before', async () => {
  const place = { apex, folder: join(folder, 'broken') }
  const catalog = new ServedCatalog(place)
  await catalog.list(await zonesOf('a.example'))
  const serial = serialOf(catalog)
  await writeFile(join(place.folder, 'catalog.example.serial'), 'nonsense')
  const failed = await catalog.list(await zonesOf('c.example'))
  assert.deepEqual([failed?.outcome, failed?.apex], ['kept', apex])
  assert.match(failed?.reason ?? '', /catalog\.example\.serial holds no serial/)
  assert.equal(serialOf(catalog), serial)
  assert.ok(catalog.zone.hasMembers([parseAbsoluteName('a.example')]))
})
