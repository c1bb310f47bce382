import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatName, formatRdata, formatRecordType, parseAddress } from '@cresset/dns-wire'
import { type ZoneRecords, zoneRrsets } from './index.ts'

const zone: ZoneRecords = {
  zone: 'acme',
  servers: [
    { node: 'beta', addresses: [parseAddress('192.0.2.2') as Uint8Array, parseAddress('2001:db8::2') as Uint8Array] },
    { node: 'alpha', addresses: [parseAddress('192.0.2.1') as Uint8Array] },
  ],
  serial: 4711,
  ttlSeconds: 300,
  parameters: { soaRefreshSeconds: 60, soaRetrySeconds: 30, soaExpireSeconds: 86_400, soaMinimumSeconds: 30 },
}
const lines = (records: ZoneRecords): string[] =>
  zoneRrsets(records).flatMap(({ owner, ttl, type, rdatas }) =>
    rdatas.map((rdata) => `${formatName(owner)} ${ttl} ${formatRecordType(type)} ${formatRdata(type, rdata)}`),
  )

test('a zone has SOA, NS and CAA at its apex and the addresses of its servers', () => {
  const expected = [
    'acme. 300 NS beta.ns.acme.',
    'acme. 300 NS alpha.ns.acme.',
    'acme. 300 SOA alpha.ns.acme. hostmaster.acme. 4711 60 30 86400 30',
    'acme. 300 CAA 0 issue ";"',
    'alpha.ns.acme. 300 A 192.0.2.1',
    'beta.ns.acme. 300 A 192.0.2.2',
    'beta.ns.acme. 300 AAAA 2001:db8::2',
  ]
  assert.deepEqual(lines(zone), expected)
  assert.deepEqual(lines({ ...zone, servers: [...zone.servers].reverse() }), expected)
})

test('RFC 1982: serials are heights modulo 2^32', () => {
  assert.match(lines({ ...zone, serial: 2 ** 32 + 5 })[2] ?? '', / hostmaster\.acme\. 5 /)
})

test('a zone has one to eight servers', () => {
  const servers = Array.from({ length: 9 }, (_, index) => ({ node: `n${index}`, addresses: [] }))
  assert.throws(() => zoneRrsets({ ...zone, servers }), RangeError)
  assert.throws(() => zoneRrsets({ ...zone, servers: [] }), RangeError)
  assert.equal(zoneRrsets({ ...zone, servers: servers.slice(0, 8) }).find(({ type }) => type === 2)?.rdatas.length, 8)
})
