import assert from 'node:assert/strict'
import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { test } from 'node:test'
import {
  compareNames,
  formatName,
  formatRdata,
  formatRecordType,
  nameEnd,
  RecordType,
  type Rrset,
  readUint16,
  readUint32,
  rrsigSignedBytes,
} from '@cresset/dns-wire'
import type { MemoryZone } from '../store/memory-zone.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { signZone } from './sign-zone.ts'
import { zoneKeyOf } from './zone-key.ts'

const NOW = 1_800_000_000
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const key = zoneKeyOf(privateKey, 257)
const text = `
$TTL 600
@ SOA ns host 1 3600 600 604800 300
@ NS ns
ns A 192.0.2.53
www A 192.0.2.1
www A 192.0.2.2
www TXT "x"
*.wild A 192.0.2.3
a.b.c A 192.0.2.4
old DNAME www
secure NS ns.secure
secure DS 1 15 2 ${'ab'.repeat(32)}
ns.secure A 192.0.2.5
deep.secure TXT "hidden"
plain NS ns.plain
`

function signed(own = text, at = NOW, previous?: MemoryZone, keys = [key]): MemoryZone {
  const zone = zoneOf('example', own)
  for (const _owner of signZone(zone, { keys, nowSeconds: at, dnskeyTtl: 3_600, previous }));
  return zone
}

/** Sets by `owner TYPE`, and the signatures over them. */
function contentOf(zone: MemoryZone): { sets: Map<string, Rrset>; signatures: Map<string, Uint8Array> } {
  const sets = new Map<string, Rrset>()
  const signatures = new Map<string, Uint8Array>()
  for (const rrset of zone.rrsets()) {
    const owner = formatName(rrset.owner)
    if (rrset.type !== RecordType.RRSIG) sets.set(`${owner} ${formatRecordType(rrset.type)}`, rrset)
    else for (const rdata of rrset.rdatas) signatures.set(`${owner} ${formatRecordType(readUint16(rdata, 0))}`, rdata)
  }
  return { sets, signatures }
}

test('RFC 4035 2.2: all that the zone speaks for is signed, and the signatures are good', () => {
  const { sets, signatures } = contentOf(signed())
  const unsigned = [...sets.keys()].filter((name) => !signatures.has(name))
  assert.deepEqual(unsigned.sort(), [
    'deep.secure.example. TXT',
    'ns.secure.example. A',
    'plain.example. NS',
    'secure.example. NS',
  ])
  for (const [name, rdata] of signatures) {
    const rrset = sets.get(name) as Rrset
    assert.ok(rrset, name)
    const head = rdata.subarray(0, rdata.length - 64)
    assert.ok(verify(null, rrsigSignedBytes(head, rrset), publicKey, rdata.subarray(-64)), name)
    assert.equal(readUint32(rdata, 4), rrset.ttl)
    assert.equal(readUint16(rdata, 16), key.tag)
  }
  assert.equal(signatures.get('*.wild.example. A')?.[3], 2, 'the asterisk is not counted')
  assert.equal(signatures.get('example. SOA')?.[3], 1)
})

test('RFC 4034 4: the chain goes through all names in order and back, and tells their types', () => {
  const { sets } = contentOf(signed())
  const links = [...sets].filter(([name]) => name.endsWith(' NSEC')).map(([, rrset]) => rrset)
  links.sort((a, b) => compareNames(a.owner, b.owner))
  assert.deepEqual(
    links.map(({ owner, rdatas }) => `${formatName(owner)} ${formatRdata(RecordType.NSEC, rdatas[0] as Uint8Array)}`),
    [
      'example. a.b.c.example. NS SOA RRSIG NSEC DNSKEY',
      'a.b.c.example. ns.example. A RRSIG NSEC',
      'ns.example. old.example. A RRSIG NSEC',
      'old.example. plain.example. DNAME RRSIG NSEC',
      'plain.example. secure.example. NS RRSIG NSEC',
      'secure.example. *.wild.example. NS DS RRSIG NSEC',
      '*.wild.example. www.example. A RRSIG NSEC',
      'www.example. example. A TXT RRSIG NSEC',
    ],
  )
  for (const { ttl, rdatas } of links) {
    assert.equal(ttl, 300, 'RFC 9077')
    assert.ok(nameEnd(rdatas[0] as Uint8Array, 0) > 0)
  }
})

test('signatures begin an hour before, and end after two and a half to three days, not together', () => {
  const { signatures } = contentOf(signed())
  const ends = new Set<number>()
  for (const rdata of signatures.values()) {
    const [expiration, inception] = [readUint32(rdata, 8), readUint32(rdata, 12)]
    assert.equal(inception, NOW - 3_600)
    assert.ok(expiration <= NOW + 3 * 86_400 && expiration >= NOW + 2.5 * 86_400)
    ends.add(expiration)
  }
  assert.ok(ends.size > 3)
})

test('the same zone, keys and time give the same bytes; the key is as its DNSKEY says', () => {
  assert.deepEqual(contentOf(signed()), contentOf(signed()))
  const x = Buffer.from(key.dnskey.subarray(4)).toString('base64url')
  const own = createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
  assert.ok(own.equals(publicKey))
})

test('signatures of the version before stay over what is as it was, and while they are fresh', () => {
  const before = signed()
  const changed = text
    .replace('host 1', 'host 2')
    .replace('www A 192.0.2.2', 'www A 192.0.2.9')
    .replace('a.b.c', 'b.b.c')
  const at = NOW + 3_600
  const differing = (after: MemoryZone): string[] => {
    const old = contentOf(before).signatures
    const now = contentOf(after).signatures
    return [...now.keys()].filter((name) => Buffer.compare(old.get(name) ?? Buffer.of(), now.get(name) as Buffer) !== 0)
  }
  const after = signed(changed, at, before)
  assert.deepEqual(differing(after).sort(), [
    'b.b.c.example. A',
    'b.b.c.example. NSEC',
    'example. NSEC',
    'example. SOA',
    'www.example. A',
  ])
  for (const [name, rdata] of contentOf(after).signatures) {
    const rrset = contentOf(after).sets.get(name) as Rrset
    assert.ok(
      verify(null, rrsigSignedBytes(rdata.subarray(0, rdata.length - 64), rrset), publicKey, rdata.subarray(-64)),
      name,
    )
  }
  const all = contentOf(after).signatures.size
  assert.equal(differing(signed(changed, NOW + 1.6 * 86_400, before)).length, all, 'less than half of the time is left')
  const other = zoneKeyOf(generateKeyPairSync('ed25519').privateKey, 257)
  assert.equal(differing(signed(changed, at, before, [other])).length, all, 'another key')
  assert.equal(differing(signed(changed, at, before, [key, key])).length, all, 'two keys with one tag')
})
