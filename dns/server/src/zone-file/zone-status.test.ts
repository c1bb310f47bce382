import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { parseAbsoluteName } from '@cresset/dns-wire'
import { zoneKeyOf } from '../sign/zone-key.ts'
import type { ZoneSigning } from '../sign/zone-signing.ts'
import { ZoneFileError } from './load-zone-file.ts'
import { ZoneFiles } from './zone-files.ts'
import { earliestExpiration } from './zone-status.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-zone-status-'))
after(() => rm(folder, { recursive: true, force: true }))

const apex = parseAbsoluteName('example.org')
const zoneText = (serial: number): string => `$TTL 300
@ SOA ns1 hostmaster ${serial} 3600 600 604800 300
@ NS ns1
ns1 A 192.0.2.1
`
const path = join(folder, 'zone')

async function opened(text: string, signing?: ZoneSigning): Promise<ZoneFiles> {
  await writeFile(path, text)
  const zones = new ZoneFiles([{ apex, path }], signing)
  await zones.load()
  return zones
}

test('the status of a plain zone: what is served, since when, and why the file of now is not', async () => {
  const zones = await opened(zoneText(7))
  const [first] = zones.status()
  assert.ok(first && Math.abs(first.loadedAtMs - Date.now()) < 60_000)
  const { loadedAtMs } = first
  assert.deepEqual(first, {
    apex,
    path,
    records: 3,
    serial: 7,
    loadedAtMs,
    isFrozen: false,
    isUpdated: false,
    problem: undefined,
    earliestExpiration: undefined,
    denial: undefined,
    keys: [],
  })
  await writeFile(path, 'broken')
  await zones.load()
  const [kept] = zones.status()
  assert.match(kept?.problem ?? '', /zone:1: /)
  assert.deepEqual({ ...kept, problem: undefined }, first)
  await writeFile(path, zoneText(8))
  assert.equal((await zones.loadOne(apex))?.outcome, 'loaded')
  assert.deepEqual([zones.status()[0]?.problem, zones.status()[0]?.serial], [undefined, 8])
  assert.equal(await zones.loadOne(parseAbsoluteName('none')), undefined)
})

test('the first signature that ends is told, across the end of the 32 bits; keys of a signed file do not sign here', async () => {
  const nowSeconds = Math.floor(Date.UTC(2106, 1, 7, 6, 28, 10) / 1_000)
  const zones = await opened(`${zoneText(7)}@ DNSKEY 257 3 15 AAAA
@ RRSIG SOA 15 2 300 235904 20300101000000 1 example.org. AAAA
@ RRSIG NS 15 2 300 63104 20300101000000 1 example.org. AAAA
ns1 RRSIG A 15 3 300 149504 20300101000000 1 example.org. AAAA
`)
  const zone = zones.zones.zone(apex)
  assert.ok(zone)
  assert.equal(await earliestExpiration(zone, nowSeconds), Date.UTC(2106, 1, 8) / 1_000)
  assert.deepEqual(
    zones.status()[0]?.keys.map(({ algorithm, flags, signsHere, ds }) => [algorithm, flags, signsHere, ds.length]),
    [[15, 257, false, 36]],
  )
})

test('a frozen zone is left as it is, by reading and by signing; what was due is done when it is thawed', async () => {
  const key = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)
  let serials = 0
  let problem: string | undefined
  const zones = await opened(zoneText(7), {
    keysOf: async () => {
      if (problem !== undefined) throw new ZoneFileError(problem)
      return { keys: [key] }
    },
    serialFor: async (_apex, fileSerial) => fileSerial + serials++,
  })
  const inDays = ((zones.status()[0]?.earliestExpiration ?? 0) - Date.now() / 1_000) / 86_400
  assert.ok(inDays > 2.5 && inDays < 3.01, `${inDays} days`)
  assert.deepEqual(
    zones.status()[0]?.keys.map(({ tag, signsHere }) => [tag, signsHere]),
    [[key.tag, true]],
  )
  assert.equal(await zones.freeze(parseAbsoluteName('none')), false)
  assert.equal(await zones.thaw(parseAbsoluteName('none')), undefined)
  assert.equal(await zones.freeze(apex), true)
  assert.equal(await zones.freeze(apex), true)
  const { generation } = zones.source
  assert.deepEqual(
    (await zones.resign()).map(({ outcome }) => outcome),
    ['frozen'],
  )
  assert.deepEqual(
    (await zones.load()).map(({ outcome }) => outcome),
    ['frozen'],
  )
  assert.equal(zones.source.generation, generation)
  assert.equal(zones.status()[0]?.isFrozen, true)
  const thawed = await zones.thaw(apex)
  assert.deepEqual([thawed?.outcome, thawed?.result?.serial], ['loaded', 8], 'signed again, since that was missed')
  await zones.freeze(apex)
  await writeFile(path, `${zoneText(20)}www A 192.0.2.2\n`)
  await zones.load()
  assert.equal(zones.status()[0]?.records, 3)
  assert.deepEqual([(await zones.thaw(apex))?.outcome, zones.status()[0]?.records], ['loaded', 4])
  assert.equal((await zones.thaw(apex))?.outcome, 'unchanged')
  problem = 'the key is gone'
  await zones.resign()
  assert.equal(zones.status()[0]?.problem, problem)
  await zones.load()
  assert.equal(zones.status()[0]?.problem, problem, 'an unchanged file does not mend signatures')
  problem = undefined
  await zones.resign()
  assert.equal(zones.status()[0]?.problem, undefined)
})
