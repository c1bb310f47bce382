import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { test } from 'node:test'
import { formatRdata, parseAbsoluteName, RecordType, readRrsig } from '@cresset/dns-wire'
import { rdatasOf, ttlOf } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { signZone } from './sign-zone.ts'
import { dsRdata, zoneKeyOf } from './zone-key.ts'
import type { SigningKeys } from './zone-signing.ts'

const apex = parseAbsoluteName('example.org')
const newKey = () => zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)
const [old, next] = [newKey(), newKey()]
const text = `
$TTL 600
@ SOA ns host 1 3600 600 604800 300
@ NS ns
ns A 192.0.2.53
@ CDS 1 15 9 00
sub CDS 1 15 9 00
`

function signed(keys: SigningKeys): MemoryZone {
  const zone = zoneOf('example.org', text)
  for (const _owner of signZone(zone, { ...keys, nowSeconds: 1_800_000_000, dnskeyTtl: 3_600 }));
  return zone
}

const texts = (zone: MemoryZone, type: number): string[] =>
  rdatasOf(zone.rrset(zone.apexOwner, type) ?? new Uint8Array()).map((rdata) => formatRdata(type, rdata))
const signers = (zone: MemoryZone, type: number, owner = zone.apexOwner): (number | undefined)[] =>
  rdatasOf(zone.signatures(owner, type) ?? new Uint8Array())
    .map((rdata) => readRrsig(rdata)?.keyTag)
    .sort()
const both = [old.tag, next.tag].sort()

test('4.1: every key that is listed signs DNSKEY, CDS and CDNSKEY; all else is signed by one', () => {
  const zone = signed({ keys: [old], passing: [next], delegation: [old.dnskey] })
  for (const type of [RecordType.DNSKEY, RecordType.CDS, RecordType.CDNSKEY])
    assert.deepEqual(signers(zone, type), both)
  for (const type of [RecordType.SOA, RecordType.NS, RecordType.NSEC]) assert.deepEqual(signers(zone, type), [old.tag])
  const sub = zone.find(parseAbsoluteName('sub.example.org'), 0)
  assert.deepEqual(signers(zone, RecordType.CDS, sub), [old.tag], 'CDS below the apex is of another zone, or of none')
})

test('3: CDS and CDNSKEY name the wanted key, in the place of what the file has, and the chain tells of both', () => {
  const zone = signed({ keys: [next], passing: [old], delegation: [next.dnskey] })
  assert.deepEqual(texts(zone, RecordType.CDS), [formatRdata(RecordType.DS, dsRdata(apex, next.dnskey))])
  assert.deepEqual(texts(zone, RecordType.CDNSKEY), [formatRdata(RecordType.DNSKEY, next.dnskey)])
  assert.equal(ttlOf(zone.rrset(zone.apexOwner, RecordType.CDS) as Uint8Array), 3_600)
  assert.match(texts(zone, RecordType.NSEC)[0] as string, / DNSKEY CDS CDNSKEY$/)
  assert.deepEqual(texts(signed({ keys: [old] }), RecordType.CDS), ['1 15 9 00'], 'nobody else touches the file')
})

test('RFC 8078 4: a zone can ask for no DS at all', () => {
  const zone = signed({ keys: [old], delegation: 'none' })
  assert.deepEqual(texts(zone, RecordType.CDS), ['0 0 0 00'])
  assert.deepEqual(texts(zone, RecordType.CDNSKEY), ['0 3 0 AA=='])
  assert.deepEqual(signers(zone, RecordType.CDS), [old.tag])
})
