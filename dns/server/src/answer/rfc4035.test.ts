import { test } from 'node:test'
import { ZoneStore } from '../store/zone-store.ts'
import { assertRfcResponse, rfcSignature } from '../testing/rfc-response.ts'
import { zoneOf } from '../testing/signed-zone.ts'

const times = '20040509183619 20040409183619'
const sig = (covered: string, labels: number): string => rfcSignature(covered, labels, times, 38_519)

/** Appendix A, with its keys and signatures cut: that the server sends the right ones is what these examples show. */
const zone = `
$TTL 3600
@ SOA ns1.example. bugs.x.w.example. 1081539377 3600 300 3600000 3600
@ ${sig('SOA', 1)}
@ NS ns1.example.
@ NS ns2.example.
@ ${sig('NS', 1)}
@ MX 1 xx.example.
@ ${sig('MX', 1)}
@ NSEC a.example. NS SOA MX RRSIG NSEC DNSKEY
@ ${sig('NSEC', 1)}
@ DNSKEY 256 3 5 AQOy1bZVvpPqhg4j7EJoM9rI
@ DNSKEY 257 3 5 AQOeX7+baTmvpVHb2CcLnL1d
@ ${rfcSignature('DNSKEY', 1, times, 9_465)}
@ ${sig('DNSKEY', 1)}
a NS ns1.a.example.
a NS ns2.a.example.
a DS 57855 5 1 B6DCD485719ADCA18E5F3D48A2331627FDD3636B
a ${sig('DS', 2)}
a NSEC ai.example. NS DS RRSIG NSEC
a ${sig('NSEC', 2)}
ns1.a A 192.0.2.5
ns2.a A 192.0.2.6
ai A 192.0.2.9
ai ${sig('A', 2)}
ai HINFO "KLH-10" "ITS"
ai ${sig('HINFO', 2)}
ai AAAA 2001:db8::f00:baa9
ai ${sig('AAAA', 2)}
ai NSEC b.example. A HINFO AAAA RRSIG NSEC
ai ${sig('NSEC', 2)}
b NS ns1.b.example.
b NS ns2.b.example.
b NSEC ns1.example. NS RRSIG NSEC
b ${sig('NSEC', 2)}
ns1.b A 192.0.2.7
ns2.b A 192.0.2.8
ns1 A 192.0.2.1
ns1 ${sig('A', 2)}
ns1 NSEC ns2.example. A RRSIG NSEC
ns1 ${sig('NSEC', 2)}
ns2 A 192.0.2.2
ns2 ${sig('A', 2)}
ns2 NSEC *.w.example. A RRSIG NSEC
ns2 ${sig('NSEC', 2)}
*.w MX 1 ai.example.
*.w ${sig('MX', 2)}
*.w NSEC x.w.example. MX RRSIG NSEC
*.w ${sig('NSEC', 2)}
x.w MX 1 xx.example.
x.w ${sig('MX', 3)}
x.w NSEC x.y.w.example. MX RRSIG NSEC
x.w ${sig('NSEC', 3)}
x.y.w MX 1 xx.example.
x.y.w ${sig('MX', 4)}
x.y.w NSEC xx.example. MX RRSIG NSEC
x.y.w ${sig('NSEC', 4)}
xx A 192.0.2.10
xx ${sig('A', 2)}
xx HINFO "KLH-10" "TOPS-20"
xx ${sig('HINFO', 2)}
xx AAAA 2001:db8::f00:baaa
xx ${sig('AAAA', 2)}
xx NSEC example. A HINFO AAAA RRSIG NSEC
xx ${sig('NSEC', 2)}
`
const store = new ZoneStore()
store.replace(zoneOf('example', zone), 1)

const soa = ['example. SOA ns1.example. bugs.x.w.example. 1081539377 3600 300 3600000 3600', 'example. RRSIG SOA 1']
const apexNsec = ['example. NSEC a.example. NS SOA MX RRSIG NSEC DNSKEY', 'example. RRSIG NSEC 1']
const servers = ['example. NS ns1.example.', 'example. NS ns2.example.', 'example. RRSIG NS 1']

test('B.1: answer', () =>
  assertRfcResponse(store, 'x.w.example. MX', {
    answer: ['x.w.example. MX 1 xx.example.', 'x.w.example. RRSIG MX 3'],
    authority: servers,
    additional: [
      'xx.example. A 192.0.2.10',
      'xx.example. RRSIG A 2',
      'xx.example. AAAA 2001:db8::f00:baaa',
      'xx.example. RRSIG AAAA 2',
      'ns1.example. A 192.0.2.1',
      'ns1.example. RRSIG A 2',
      'ns2.example. A 192.0.2.2',
      'ns2.example. RRSIG A 2',
    ],
  }))

test('B.2: name error', () =>
  assertRfcResponse(store, 'ml.example. A', {
    rcode: 'NXDOMAIN',
    authority: [...soa, 'b.example. NSEC ns1.example. NS RRSIG NSEC', 'b.example. RRSIG NSEC 2', ...apexNsec],
  }))

test('B.3: no data', () =>
  assertRfcResponse(store, 'ns1.example. MX', {
    authority: [...soa, 'ns1.example. NSEC ns2.example. A RRSIG NSEC', 'ns1.example. RRSIG NSEC 2'],
  }))

test('B.4: referral to a signed zone', () =>
  assertRfcResponse(store, 'mc.a.example. MX', {
    flags: '',
    authority: [
      'a.example. NS ns1.a.example.',
      'a.example. NS ns2.a.example.',
      'a.example. DS 57855 5 1 b6dcd485719adca18e5f3d48a2331627fdd3636b',
      'a.example. RRSIG DS 2',
    ],
    additional: ['ns1.a.example. A 192.0.2.5', 'ns2.a.example. A 192.0.2.6'],
  }))

test('B.5: referral to an unsigned zone', () =>
  assertRfcResponse(store, 'mc.b.example. MX', {
    flags: '',
    authority: [
      'b.example. NS ns1.b.example.',
      'b.example. NS ns2.b.example.',
      'b.example. NSEC ns1.example. NS RRSIG NSEC',
      'b.example. RRSIG NSEC 2',
    ],
    additional: ['ns1.b.example. A 192.0.2.7', 'ns2.b.example. A 192.0.2.8'],
  }))

test('B.6: wildcard expansion', () =>
  assertRfcResponse(store, 'a.z.w.example. MX', {
    answer: ['a.z.w.example. MX 1 ai.example.', 'a.z.w.example. RRSIG MX 2'],
    authority: [...servers, 'x.y.w.example. NSEC xx.example. MX RRSIG NSEC', 'x.y.w.example. RRSIG NSEC 4'],
    additional: [
      'ai.example. A 192.0.2.9',
      'ai.example. RRSIG A 2',
      'ai.example. AAAA 2001:db8::f00:baa9',
      'ai.example. RRSIG AAAA 2',
    ],
  }))

test('B.7: wildcard without such data', () =>
  assertRfcResponse(store, 'a.z.w.example. AAAA', {
    authority: [
      ...soa,
      'x.y.w.example. NSEC xx.example. MX RRSIG NSEC',
      'x.y.w.example. RRSIG NSEC 4',
      '*.w.example. NSEC x.w.example. MX RRSIG NSEC',
      '*.w.example. RRSIG NSEC 2',
    ],
  }))

test('B.8: DS at the apex of the zone below', () =>
  assertRfcResponse(store, 'example. DS', { authority: [...soa, ...apexNsec] }))
