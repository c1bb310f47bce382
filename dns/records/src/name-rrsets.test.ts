import assert from 'node:assert/strict'
import { createHash, createPublicKey, type JsonWebKey } from 'node:crypto'
import { test } from 'node:test'
import { generateKeyPair } from '@cresset/core-crypto'
import {
  checkRdata,
  formatName,
  formatRdata,
  formatRecordType,
  parseAddress,
  parseRdata,
  RecordType,
  type Rrset,
} from '@cresset/dns-wire'
import fc from 'fast-check'
import { type HostRecord, type HostServer, hostRrsets, nameRrsets, tlsaRdata } from './index.ts'

const key = (type: 'ed25519' | 'p256', seed: number) => generateKeyPair(type, new Uint8Array(32).fill(seed)).publicKey
const address = (text: string): Uint8Array => parseAddress(text) as Uint8Array
const server = (addresses: string[], seed: number, certificate?: Uint8Array): HostServer => ({
  addresses: addresses.map(address),
  publicKey: key('p256', seed),
  certificate,
})
const host = (record: Partial<HostRecord>): HostRecord => ({
  host: 'www',
  servers: [],
  services: [],
  recordSets: [],
  ...record,
})
const lines = (rrsets: readonly Rrset[]): string[] =>
  rrsets.flatMap(({ owner, ttl, type, rdatas }) =>
    rdatas.map((rdata) => `${formatName(owner)} ${ttl} ${formatRecordType(type)} ${formatRdata(type, rdata)}`),
  )
const pin = (seed: number): string => formatRdata(RecordType.TLSA, tlsaRdata(key('p256', seed)))

test('a host with two servers: addresses of both, a key pin of each at every named port, one HTTPS record a web port', () => {
  const record = host({
    servers: [server(['192.0.2.2', '2001:db8::2'], 2), server(['192.0.2.1'], 1)],
    services: [
      { port: 443, protocol: 'tcp', web: true },
      { port: 8443, protocol: 'tcp', web: true },
      { port: 853, protocol: 'udp', web: false },
    ],
  })
  const pins = [pin(1), pin(2)].sort()
  assert.deepEqual(lines(hostRrsets('shop.acme', record, 300)), [
    'www.shop.acme. 300 A 192.0.2.1',
    'www.shop.acme. 300 A 192.0.2.2',
    'www.shop.acme. 300 AAAA 2001:db8::2',
    'www.shop.acme. 300 HTTPS 1 . alpn="h2,http/1.1"',
    '_8443._https.www.shop.acme. 300 HTTPS 1 www.shop.acme. alpn="h2,http/1.1" port=8443',
    ...pins.map((rdata) => `_443._tcp.www.shop.acme. 300 TLSA ${rdata}`),
    ...pins.map((rdata) => `_8443._tcp.www.shop.acme. 300 TLSA ${rdata}`),
    ...pins.map((rdata) => `_853._udp.www.shop.acme. 300 TLSA ${rdata}`),
  ])
})

test('RFC 7671 8.1: an old key is pinned beside the new one at every port, and gives no address', () => {
  const services = [{ port: 443, protocol: 'tcp' as const, web: false }]
  const record = host({ servers: [server(['192.0.2.1'], 1)], services, retiringKeys: [key('p256', 2), key('p256', 1)] })
  assert.deepEqual(lines(hostRrsets('shop.acme', record, 300)), [
    'www.shop.acme. 300 A 192.0.2.1',
    ...[pin(1), pin(2)].sort().map((rdata) => `_443._tcp.www.shop.acme. 300 TLSA ${rdata}`),
  ])
})

test('RFC 6698: the pin is the SHA-256 of the SubjectPublicKeyInfo as OpenSSL writes it', () => {
  for (const [type, curve] of [
    ['ed25519', 'Ed25519'],
    ['p256', 'P-256'],
  ] as const) {
    const publicKey = key(type, 9)
    const spki = createPublicKey({ key: jwkOf(publicKey, curve), format: 'jwk' }).export({
      type: 'spki',
      format: 'der',
    })
    const expected = Buffer.concat([Uint8Array.of(3, 1, 1), createHash('sha256').update(spki).digest()])
    assert.deepEqual(Buffer.from(tlsaRdata(publicKey)), expected, type)
  }
})

/** P-256 through SEC 1 decompression by hand: y = ±√(x³ − 3x + b), and p ≡ 3 mod 4. */
function jwkOf(publicKey: Uint8Array, curve: 'Ed25519' | 'P-256'): JsonWebKey {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url')
  if (curve === 'Ed25519') return { kty: 'OKP', crv: curve, x: base64(publicKey.subarray(1)) }
  const p = 2n ** 256n - 2n ** 224n + 2n ** 192n + 2n ** 96n - 1n
  const b = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn
  const x = BigInt(`0x${Buffer.from(publicKey.subarray(2)).toString('hex')}`)
  const power = (base: bigint, exponent: bigint): bigint => {
    let result = 1n
    for (let bit = 255n; bit >= 0n; bit--) {
      result = (result * result) % p
      if ((exponent >> bit) & 1n) result = (result * base) % p
    }
    return result
  }
  const root = power((((x * x * x - 3n * x + b) % p) + p) % p, (p + 1n) / 4n)
  const y = (root & 1n) === BigInt((publicKey[1] as number) & 1) ? root : p - root
  return {
    kty: 'EC',
    crv: curve,
    x: base64(publicKey.subarray(2)),
    y: base64(Buffer.from(y.toString(16).padStart(64, '0'), 'hex')),
  }
}

test('RFC 4398: certificates as PKIX, and no more of them than a message holds', () => {
  const small = hostRrsets('shop.acme', host({ servers: [server([], 1, Uint8Array.of(0x30, 0))] }), 60)
  assert.deepEqual(lines(small), ['www.shop.acme. 60 CERT PKIX 0 0 MAA='])
  const servers = Array.from({ length: 8 }, (_, index) => server([], index + 1, new Uint8Array(8192).fill(index)))
  const [large] = hostRrsets('shop.acme', host({ servers }), 60)
  assert.equal(large?.rdatas.length, 3)
})

test('servers that share a key or an address give one record', () => {
  const record = host({
    servers: [server(['192.0.2.1'], 1), server(['192.0.2.1'], 1)],
    services: [{ port: 22, protocol: 'tcp', web: false }],
  })
  assert.deepEqual(lines(hostRrsets('shop.acme', record, 300)), [
    'www.shop.acme. 300 A 192.0.2.1',
    `_22._tcp.www.shop.acme. 300 TLSA ${pin(1)}`,
  ])
})

test('record sets stand beside the rest, with their own TTL', () => {
  const record = host({
    host: '',
    servers: [server(['192.0.2.1'], 1)],
    recordSets: [
      { type: RecordType.TXT, ttl: 60, rdatas: [parseRdata(RecordType.TXT, 'b'), parseRdata(RecordType.TXT, 'a')] },
      { type: RecordType.MX, ttl: undefined, rdatas: [parseRdata(RecordType.MX, '10 mail.shop.acme.')] },
    ],
  })
  assert.deepEqual(lines(hostRrsets('Shop.ACME', record, 300)), [
    'shop.acme. 300 A 192.0.2.1',
    'shop.acme. 300 MX 10 mail.shop.acme.',
    'shop.acme. 60 TXT "a"',
    'shop.acme. 60 TXT "b"',
  ])
})

test('a web service without a server is no HTTPS record', () => {
  const record = host({ services: [{ port: 443, protocol: 'tcp', web: true }] })
  assert.deepEqual(hostRrsets('shop.acme', record, 300), [])
})

test('wildcard and deeper hosts, and all hosts of a name together', () => {
  const rrsets = nameRrsets({
    name: 'shop.acme',
    defaultTtlSeconds: 300,
    hosts: [
      host({ host: '*', servers: [server(['192.0.2.1'], 1)] }),
      host({ host: 'a.b', servers: [server(['192.0.2.2'], 2)] }),
    ],
  })
  assert.deepEqual(lines(rrsets), ['*.shop.acme. 300 A 192.0.2.1', 'a.b.shop.acme. 300 A 192.0.2.2'])
})

test('a host so long that a service name in front of it is none keeps its addresses', () => {
  const labels = [63, 63, 63, 42].map((length) => 'a'.repeat(length)).join('.')
  const services = [{ port: 8443, protocol: 'tcp' as const, web: true }]
  const rrsets = hostRrsets('s.acme', host({ host: labels, servers: [server(['192.0.2.1'], 1)], services }), 300)
  assert.deepEqual(
    rrsets.map(({ type }) => type),
    [RecordType.A, RecordType.TLSA],
  )
})

test('the order of servers, services, sets and hosts does not show', () => {
  const hosts = [
    host({
      servers: [server(['192.0.2.1', '192.0.2.9'], 1), server(['192.0.2.2'], 2)],
      services: [
        { port: 443, protocol: 'tcp', web: true },
        { port: 25, protocol: 'tcp', web: false },
      ],
    }),
    host({ host: 'mail', recordSets: [{ type: RecordType.TXT, ttl: 60, rdatas: [parseRdata(RecordType.TXT, 'x')] }] }),
    host({ host: '', servers: [server(['2001:db8::1'], 3)] }),
  ]
  const expected = nameRrsets({ name: 'shop.acme', hosts, defaultTtlSeconds: 300 })
  fc.assert(
    fc.property(fc.shuffledSubarray(hosts, { minLength: hosts.length }), (shuffled) => {
      const reversed = shuffled.map((record) => ({
        ...record,
        servers: [...record.servers].reverse(),
        services: [...record.services].reverse(),
      }))
      assert.deepEqual(nameRrsets({ name: 'shop.acme', hosts: reversed, defaultTtlSeconds: 300 }), expected)
    }),
  )
  for (const { type, rdatas } of expected) for (const rdata of rdatas) assert.equal(checkRdata(type, rdata), undefined)
})
