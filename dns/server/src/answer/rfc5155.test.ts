import { test } from 'node:test'
import { ZoneStore } from '../store/zone-store.ts'
import { assertRfcResponse, rfcSignature } from '../testing/rfc-response.ts'
import { zoneOf } from '../testing/signed-zone.ts'

const times = '20150420235959 20051021000000'
const sig = (covered: string, labels: number): string => rfcSignature(covered, labels, times, 40_430)

/** Appendix A: hash to next hash and types; the comments are the names. */
const links = {
  '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom': ['2t7b4g4vsa5smi47k61mv5bv1a22bojr', 'MX DNSKEY NS SOA NSEC3PARAM RRSIG'], // example
  '2t7b4g4vsa5smi47k61mv5bv1a22bojr': ['2vptu5timamqttgl4luu9kg21e0aor3s', 'A RRSIG'], // ns1
  '2vptu5timamqttgl4luu9kg21e0aor3s': ['35mthgpgcu1qg68fab165klnsnk3dpvl', 'MX RRSIG'], // x.y.w
  '35mthgpgcu1qg68fab165klnsnk3dpvl': ['b4um86eghhds6nea196smvmlo4ors995', 'NS DS RRSIG'], // a
  b4um86eghhds6nea196smvmlo4ors995: ['gjeqe526plbf1g8mklp59enfd789njgi', 'MX RRSIG'], // x.w
  gjeqe526plbf1g8mklp59enfd789njgi: ['ji6neoaepv8b5o6k4ev33abha8ht9fgc', 'HINFO A AAAA RRSIG'], // ai
  ji6neoaepv8b5o6k4ev33abha8ht9fgc: ['k8udemvp1j2f7eg6jebps17vp3n8i58h', ''], // y.w
  k8udemvp1j2f7eg6jebps17vp3n8i58h: ['kohar7mbb8dc2ce8a9qvl8hon4k53uhi', ''], // w
  kohar7mbb8dc2ce8a9qvl8hon4k53uhi: ['q04jkcevqvmu85r014c7dkba38o0ji5r', 'A RRSIG'], // 2t7b4g4vsa5smi47k61mv5bv1a22bojr
  q04jkcevqvmu85r014c7dkba38o0ji5r: ['r53bq7cc2uvmubfu5ocmm6pers9tk9en', 'A RRSIG'], // ns2
  r53bq7cc2uvmubfu5ocmm6pers9tk9en: ['t644ebqk9bibcna874givr6joj62mlhv', 'MX RRSIG'], // *.w
  t644ebqk9bibcna874givr6joj62mlhv: ['0p9mhaveqvm6t7vbl5lop2u3t2rp3tom', 'HINFO A AAAA RRSIG'], // xx
} as const

/** Appendix A, with its keys and signatures cut. The opt-out leaves c.example without a hash. */
const zone = `
$TTL 3600
@ SOA ns1.example. bugs.x.w.example. 1 3600 300 3600000 3600
@ ${sig('SOA', 1)}
@ NS ns1.example.
@ NS ns2.example.
@ ${sig('NS', 1)}
@ MX 1 xx.example.
@ ${sig('MX', 1)}
@ DNSKEY 256 3 5 AQOy1bZVvpPqhg4j7EJoM9rI
@ DNSKEY 257 3 5 AQOeX7+baTmvpVHb2CcLnL1d
@ ${sig('DNSKEY', 1)}
@ NSEC3PARAM 1 0 12 aabbccdd
@ ${sig('NSEC3PARAM', 1)}
2t7b4g4vsa5smi47k61mv5bv1a22bojr A 192.0.2.127
2t7b4g4vsa5smi47k61mv5bv1a22bojr ${sig('A', 2)}
a NS ns1.a.example.
a NS ns2.a.example.
a DS 58470 5 1 3079F1593EBAD6DC121E202A8B766A6A4837206C
a ${sig('DS', 2)}
ns1.a A 192.0.2.5
ns2.a A 192.0.2.6
ai A 192.0.2.9
ai ${sig('A', 2)}
ai HINFO "KLH-10" "ITS"
ai ${sig('HINFO', 2)}
ai AAAA 2001:db8::f00:baa9
ai ${sig('AAAA', 2)}
c NS ns1.c.example.
c NS ns2.c.example.
ns1.c A 192.0.2.7
ns2.c A 192.0.2.8
ns1 A 192.0.2.1
ns1 ${sig('A', 2)}
ns2 A 192.0.2.2
ns2 ${sig('A', 2)}
*.w MX 1 ai.example.
*.w ${sig('MX', 2)}
x.w MX 1 xx.example.
x.w ${sig('MX', 3)}
x.y.w MX 1 xx.example.
x.y.w ${sig('MX', 4)}
xx A 192.0.2.10
xx ${sig('A', 2)}
xx HINFO "KLH-10" "TOPS-20"
xx ${sig('HINFO', 2)}
xx AAAA 2001:db8::f00:baaa
xx ${sig('AAAA', 2)}
${Object.entries(links)
  .map(([hash, [next, types]]) => `${hash} NSEC3 1 1 12 aabbccdd ${next} ${types}\n${hash} ${sig('NSEC3', 2)}`)
  .join('\n')}
`
const store = new ZoneStore()
store.replace(zoneOf('example', zone), 1)

const soa = ['example. SOA ns1.example. bugs.x.w.example. 1 3600 300 3600000 3600', 'example. RRSIG SOA 1']

/** The NSEC3 of that hash and its signature; types in the order of their numbers. */
function nsec3(hash: keyof typeof links, types: string): string[] {
  const [next] = links[hash]
  const text = `${hash}.example. NSEC3 1 1 12 aabbccdd ${next} ${types}`
  return [text.trimEnd(), `${hash}.example. RRSIG NSEC3 2`]
}
const apex = nsec3('0p9mhaveqvm6t7vbl5lop2u3t2rp3tom', 'NS SOA MX RRSIG DNSKEY NSEC3PARAM')
const a = nsec3('35mthgpgcu1qg68fab165klnsnk3dpvl', 'NS DS RRSIG')
const ns2 = nsec3('q04jkcevqvmu85r014c7dkba38o0ji5r', 'A RRSIG')

test('B.1: name error', () =>
  assertRfcResponse(store, 'a.c.x.w.example. A', {
    rcode: 'NXDOMAIN',
    authority: [...soa, ...apex, ...nsec3('b4um86eghhds6nea196smvmlo4ors995', 'MX RRSIG'), ...a],
  }))

test('B.2: no data', () =>
  assertRfcResponse(store, 'ns1.example. MX', {
    authority: [...soa, ...nsec3('2t7b4g4vsa5smi47k61mv5bv1a22bojr', 'A RRSIG')],
  }))

test('B.2.1: no data at an empty non-terminal', () =>
  assertRfcResponse(store, 'y.w.example. A', {
    authority: [...soa, ...nsec3('ji6neoaepv8b5o6k4ev33abha8ht9fgc', '')],
  }))

test('B.3: referral to an unsigned zone that the opt-out leaves out', () =>
  assertRfcResponse(store, 'mc.c.example. MX', {
    flags: '',
    authority: ['c.example. NS ns1.c.example.', 'c.example. NS ns2.c.example.', ...a, ...apex],
    additional: ['ns1.c.example. A 192.0.2.7', 'ns2.c.example. A 192.0.2.8'],
  }))

test('B.4: wildcard expansion', () =>
  assertRfcResponse(store, 'a.z.w.example. MX', {
    answer: ['a.z.w.example. MX 1 ai.example.', 'a.z.w.example. RRSIG MX 2'],
    authority: ['example. NS ns1.example.', 'example. NS ns2.example.', 'example. RRSIG NS 1', ...ns2],
    additional: [
      'ai.example. A 192.0.2.9',
      'ai.example. RRSIG A 2',
      'ai.example. AAAA 2001:db8::f00:baa9',
      'ai.example. RRSIG AAAA 2',
      'ns1.example. A 192.0.2.1',
      'ns1.example. RRSIG A 2',
      'ns2.example. A 192.0.2.2',
      'ns2.example. RRSIG A 2',
    ],
  }))

test('B.5: wildcard without such data', () =>
  assertRfcResponse(store, 'a.z.w.example. AAAA', {
    authority: [
      ...soa,
      ...nsec3('k8udemvp1j2f7eg6jebps17vp3n8i58h', ''),
      ...ns2,
      ...nsec3('r53bq7cc2uvmubfu5ocmm6pers9tk9en', 'MX RRSIG'),
    ],
  }))

test('B.6: DS at the apex of the zone below', () =>
  assertRfcResponse(store, 'example. DS', { authority: [...soa, ...apex] }))

test("7.2.8: a hash's own name is not there, but for the one that is an owner of other records too", () => {
  assertRfcResponse(store, '2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. A', {
    answer: [
      '2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. A 192.0.2.127',
      '2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. RRSIG A 2',
    ],
  })
  assertRfcResponse(store, '2t7b4g4vsa5smi47k61mv5bv1a22bojr.example. NSEC3', {
    authority: [...soa, ...nsec3('kohar7mbb8dc2ce8a9qvl8hon4k53uhi', 'A RRSIG')],
  })
})
