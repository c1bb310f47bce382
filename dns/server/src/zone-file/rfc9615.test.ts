import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { formatName, formatRdata, formatRecordType, parseAbsoluteName, RecordType } from '@cresset/dns-wire'
import { DnskeyFlags, dsRdata, type ZoneKey, zoneKeyOf } from '../sign/zone-key.ts'
import type { ZoneSigning } from '../sign/zone-signing.ts'
import { ZoneFiles } from './zone-files.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-rfc9615-'))
after(() => rm(folder, { recursive: true, force: true }))

const newKey = (): ZoneKey => zoneKeyOf(generateKeyPairSync('ed25519').privateKey, DnskeyFlags.entryPoint)
const files: Readonly<Record<string, string>> = {
  'child.example': '@ NS ns1.host.example.\n@ NS NS2.elsewhere.example.\n@ NS ns.child.example.\nns A 192.0.2.1\n',
  'other.example': '@ NS ns3.sub.host.example.\n@ NS ns4.host.example.\n',
  'leaving.example': '@ NS ns1.host.example.\n',
  'host.example': '@ NS ns1\nns1 A 192.0.2.1\nsub NS ns.sub\nns.sub A 192.0.2.2\n_signal.ns4 NS ns1\n',
  'elsewhere.example': '@ NS ns2\nns2 A 192.0.2.3\n',
}
const keys = new Map(Object.keys(files).map((name) => [`${name}.`, newKey()]))
let serial = 0
const signing: ZoneSigning = {
  hasSignals: true,
  keysOf: async (apex) => {
    const key = keys.get(formatName(apex)) as ZoneKey
    return { keys: [key], delegation: formatName(apex) === 'leaving.example.' ? 'none' : [key.dnskey] }
  },
  serialFor: async () => ++serial,
}

async function opened(): Promise<ZoneFiles> {
  const zones: { apex: Uint8Array; path: string }[] = []
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name)
    await writeFile(path, `$TTL 600\n@ SOA ns host 1 3600 600 604800 300\n${text}`)
    zones.push({ apex: parseAbsoluteName(name), path })
  }
  return new ZoneFiles(zones, signing)
}

/** Owners with their types, of what a zone shows of others. */
function shown(zones: ZoneFiles, name: string): string[] {
  const found = [...(zones.zones.zone(parseAbsoluteName(name))?.rrsets() ?? [])]
  return found
    .filter(({ owner }) => formatName(owner).startsWith('_dsboot.'))
    .map(({ owner, type }) => `${formatName(owner)} ${formatRecordType(type)}`)
    .sort()
}

const signals = (name: string): string[] =>
  ['CDNSKEY', 'CDS', 'NSEC', 'RRSIG', 'RRSIG', 'RRSIG'].map((type) => `_dsboot.${name}. ${type}`)
const outcomes = (loads: readonly { apex: Uint8Array; outcome: string }[]): string[] =>
  loads.map(({ apex, outcome }) => `${formatName(apex)} ${outcome}`)

test('2: a zone has its CDS and CDNSKEY below the names of its servers too, signed there', async () => {
  const zones = await opened()
  await zones.load()
  assert.deepEqual(shown(zones, 'host.example'), [])
  assert.deepEqual(outcomes(await zones.signal()), ['host.example. loaded', 'elsewhere.example. loaded'])
  // Neither below the zone itself, nor where others speak, nor for a zone that wants no DS.
  assert.deepEqual(shown(zones, 'host.example'), signals('child.example._signal.ns1.host.example'))
  assert.deepEqual(shown(zones, 'elsewhere.example'), signals('child.example._signal.ns2.elsewhere.example'))
  for (const name of ['child.example', 'other.example', 'leaving.example']) assert.deepEqual(shown(zones, name), [])
  const host = zones.zones.zone(parseAbsoluteName('host.example'))
  const owner = parseAbsoluteName('_dsboot.child.example._signal.ns1.host.example')
  const cds = [...(host?.rrsets() ?? [])].find(
    ({ owner: of, type }) => type === RecordType.CDS && Buffer.compare(of, owner) === 0,
  )
  const wanted = dsRdata(parseAbsoluteName('child.example'), (keys.get('child.example.') as ZoneKey).dnskey)
  assert.deepEqual(
    cds?.rdatas.map((rdata) => formatRdata(RecordType.CDS, rdata)),
    [formatRdata(RecordType.DS, wanted)],
  )
  assert.deepEqual(await zones.signal(), [], 'nothing has changed')
})

test('signals follow the key of the zone, and go with it; a file that is read again keeps them', async () => {
  const zones = await opened()
  await zones.load()
  await zones.signal()
  keys.set('child.example.', newKey())
  await zones.resignOne(parseAbsoluteName('child.example'))
  assert.deepEqual(outcomes(await zones.signal()), ['host.example. loaded', 'elsewhere.example. loaded'])
  await writeFile(
    join(folder, 'host.example'),
    `$TTL 600\n@ SOA ns host 2 3600 600 604800 300\n${files['host.example']}`,
  )
  assert.deepEqual(
    outcomes(await zones.load()).filter((line) => line.endsWith(' loaded')),
    ['host.example. loaded'],
  )
  assert.deepEqual(shown(zones, 'host.example').length, 6)
  assert.deepEqual(await zones.signal(), [])
  await zones.resign()
  assert.deepEqual(shown(zones, 'host.example').length, 6)
  const left = Object.keys(files).filter((name) => name !== 'child.example')
  zones.setZones(left.map((name) => ({ apex: parseAbsoluteName(name), path: join(folder, name) })))
  assert.deepEqual(outcomes(await zones.signal()), ['host.example. loaded', 'elsewhere.example. loaded'])
  assert.deepEqual(shown(zones, 'host.example'), [])
})
