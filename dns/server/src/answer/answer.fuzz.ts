import assert from 'node:assert/strict'
import {
  buildQuery,
  isAtOrBelow,
  lowerCaseName,
  parseAbsoluteName,
  parseMessage,
  Rcode,
  RecordType,
  readUint16,
} from '@cresset/dns-wire'
import { ServerCookies } from '../cookies/server-cookies.ts'
import { zoneOf } from '../testing/signed-zone.ts'
import { storeOf } from '../testing/zone-text.ts'
import { answer } from './answer.ts'

export const name = 'dns-answer'

const ZONE = `
@ SOA ns host 1 2 3 4 5
@ NS ns
ns A 192.0.2.53
www A 192.0.2.1
www TXT "${'x'.repeat(255)}" "${'y'.repeat(255)}" "${'z'.repeat(255)}" "${'w'.repeat(255)}" "${'v'.repeat(255)}"
www HTTPS 1 . port=8443
_8443._tcp.www TLSA 3 1 1 ${'ab'.repeat(32)}
alias CNAME b.wild
*.wild CNAME alias
*.w MX 10 www
sub NS ns.sub
ns.sub A 192.0.2.2
a.b.c SRV 1 2 3 www
`
/** Signatures that nobody checks here. */
const rrsig = (type: string): string => `RRSIG ${type} 15 1 60 20300101000000 20200101000000 1 @ AAAA`
const NSEC_ZONE = `
$TTL 60
@ SOA ns host 1 2 3 4 5
@ ${rrsig('SOA')}
@ NS ns
@ NSEC *.w NS SOA RRSIG NSEC
@ ${rrsig('NSEC')}
*.w A 192.0.2.1
*.w ${rrsig('A')}
*.w NSEC old A RRSIG NSEC
*.w ${rrsig('NSEC')}
old DNAME @
old ${rrsig('DNAME')}
old NSEC sub DNAME RRSIG NSEC
sub NS ns.sub
ns.sub A 192.0.2.2
sub NSEC @ NS RRSIG NSEC
`
const NSEC3_ZONE = `
$TTL 60
@ SOA ns host 1 2 3 4 5
@ ${rrsig('SOA')}
@ NSEC3PARAM 1 0 1 aabb
*.w A 192.0.2.1
*.w ${rrsig('A')}
a.sub NS ns.a.sub
old DNAME @
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 1 1 aabb 2t7b4g4vsa5smi47k61mv5bv1a22bojr SOA
2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3 1 1 1 aabb 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom A
2t7b4g4vsa5smi47k61mv5bv1a22bojr ${rrsig('NSEC3')}
`
const store = storeOf({ 'a.': ZONE, 'sub.a.': ZONE, 'b.': ZONE })
store.replace(zoneOf('c', NSEC_ZONE), 2)
store.replace(zoneOf('d', NSEC3_ZONE), 3)
const apexes = ['a', 'b', 'c', 'd'].map(parseAbsoluteName)
const about = {
  cookies: new ServerCookies(new Uint8Array(16)),
  client: { address: '192.0.2.9', nowSeconds: 1_000_000 },
  nsid: new Uint8Array(10),
  keepaliveTenths: 100,
}
const ednsOptions = [3, 10, 11, 19].map((code) => ({ code, data: new Uint8Array(code === 10 ? 8 : 0) }))

export const seeds: readonly Uint8Array[] = [
  ...['www.a', 'x.wild.b', 'q.sub.a', 'x.w.a', 'b.c.b', 'no.a'],
  ...['x.w.c', 'w.c', 'n.old.c', 'x.sub.c', 'x.w.d', 'no.d', 'sub.d', 'x.a.sub.d', 'x.old.d'],
].flatMap((text) =>
  [RecordType.A, RecordType.MX, RecordType.HTTPS, RecordType.ANY, RecordType.TXT].map((type, id) =>
    buildQuery({
      id,
      name: parseAbsoluteName(text),
      type,
      dnssecOk: id % 2 === 0,
      udpPayloadBytes: [0, 512, 4096][id % 3] as number,
      ...(id % 3 === 0 ? {} : { ednsOptions }),
    }),
  ),
)

/** Whatever the packet is, `answer` gives nothing, or one message that fits, belongs to the query, and is all from the zones. */
export function run(bytes: Uint8Array): void {
  const before = bytes.slice()
  for (const [transport, limit] of [
    ['udp', 1232],
    ['tcp', 65_535],
  ] as const) {
    const response = answer(bytes, store, { ...about, transport })
    assert.deepEqual(bytes, before)
    if (response === undefined) {
      assert(bytes.length < 12 || (bytes[2] as number) >= 0x80, 'a query got no response')
      continue
    }
    assert(response.length <= limit)
    const message = parseMessage(response)
    assert(message.flags.isResponse)
    assert.equal(message.id, readUint16(bytes, 0))
    assert.equal(response.length <= 512 || transport === 'tcp' || message.edns !== undefined, true)
    for (const { name: owner } of [...message.answers, ...message.authorities, ...message.additionals]) {
      assert(apexes.some((apex) => isAtOrBelow(lowerCaseName(owner), apex)))
    }
    if (![Rcode.NOERROR, Rcode.NXDOMAIN, Rcode.YXDOMAIN].some((rcode) => rcode === message.rcode))
      assert.equal(message.answers.length + message.authorities.length, 0)
  }
}
