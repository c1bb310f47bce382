import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { formatRdata, parseAbsoluteName, RecordType, readRrsig } from '@cresset/dns-wire'
import { rdatasOf } from '../records.ts'
import { dsRdata, zoneKeyOf } from '../sign/zone-key.ts'
import type { SigningKeys, ZoneSigning } from '../sign/zone-signing.ts'
import { ZoneFiles } from './zone-files.ts'

const folder = await mkdtemp(join(tmpdir(), 'cresset-restored-signing-'))
after(() => rm(folder, { recursive: true, force: true }))

const apex = parseAbsoluteName('example')
const path = join(folder, 'zone')
await writeFile(path, '$TTL 60\n@ SOA ns host 7 3600 600 604800 60\n@ NS ns\nns A 192.0.2.1\n')
const newKey = () => zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)
const [old, next] = [newKey(), newKey()]

interface Seen {
  readonly signers: readonly (number | undefined)[]
  readonly cds: readonly string[]
  readonly serial: number
  readonly told: readonly SigningKeys[]
}

/** Starts with what was stored the last time, and ends again. */
async function started(keys: SigningKeys): Promise<Seen> {
  const told: SigningKeys[] = []
  const signing: ZoneSigning = {
    keysOf: async () => keys,
    serialFor: async (_apex, serial) => serial,
    served: async (_apex, by) => {
      told.push(by)
    },
  }
  const storage = { pathOf: () => join(folder, 'journal'), mayBeUpdated: () => false }
  const zones = new ZoneFiles([{ apex, path }], signing, storage)
  try {
    const [load] = await zones.load()
    assert.deepEqual([load?.outcome, load?.reason], ['loaded', undefined])
    const zone = zones.zones.zone(apex) ?? assert.fail()
    return {
      signers: rdatasOf(zone.signatures(zone.apexOwner, RecordType.NS) ?? assert.fail()).map(
        (rdata) => readRrsig(rdata)?.keyTag,
      ),
      cds: rdatasOf(zone.rrset(zone.apexOwner, RecordType.CDS) ?? new Uint8Array()).map((rdata) =>
        formatRdata(RecordType.CDS, rdata),
      ),
      serial: zones.status()[0]?.serial ?? 0,
      told,
    }
  } finally {
    await zones.close()
  }
}

const cdsOf = ({ dnskey }: typeof old): string => formatRdata(RecordType.DS, dsRdata(apex, dnskey))

test('a stored zone is served as it is by the keys that signed it, and who counts is told', async () => {
  const keys = { keys: [old], passing: [next], delegation: [old.dnskey] }
  const first = await started(keys)
  const again = await started(keys)
  assert.deepEqual(again, { signers: [old.tag], cds: [cdsOf(old)], serial: first.serial, told: [keys] })
})

test('it is signed again when the other of two listed keys signs now, and names another DS, or none', async () => {
  const published = { keys: [old], passing: [next], delegation: [old.dnskey] }
  const active = { keys: [next], passing: [old], delegation: [next.dnskey] }
  const { serial } = await started(published)
  const seen = await started(active)
  assert.deepEqual([seen.signers, seen.cds, seen.told.at(-1)], [[next.tag], [cdsOf(next)], active])
  assert.ok(seen.serial > serial)
  // What nobody asked for any more would be taken for a wish later on.
  const silent = await started({ keys: [next], passing: [old] })
  assert.deepEqual([silent.signers, silent.cds], [[next.tag], []])
  const leaving = await started({ keys: [next], passing: [old], delegation: 'none' })
  assert.deepEqual(leaving.cds, ['0 0 0 00'])
})
