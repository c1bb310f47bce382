import { parseAbsoluteName } from '@cresset/dns-wire'

/** Zones with every shape that answers differ by; the same records unsigned, with NSEC, with NSEC3, and with denials made for the question. */
export const hostileZones = {
  'plain.test.': 'none',
  'nsec.test.': 'nsec',
  'nsec3.test.': 'nsec3',
  'compact.test.': 'compact',
} as const

export type HostileDenial = (typeof hostileZones)[keyof typeof hostileZones]

export const hostileZoneText = `$TTL 300
@ SOA ns host 2026112101 3600 600 604800 300
@ NS ns
@ NS ns.sub
@ MX 10 www
ns A 192.0.2.53
ns AAAA 2001:db8::53
www A 192.0.2.80
www AAAA 2001:db8::80
www HTTPS 1 . alpn=h2 port=8443
www TXT "${'x'.repeat(255)}" "${'y'.repeat(255)}" "${'z'.repeat(255)}" "${'v'.repeat(255)}" "${'w'.repeat(255)}"
_8443._tcp.www TLSA 3 1 1 ${'ab'.repeat(32)}
alias CNAME b.wild
loop CNAME loop2
loop2 CNAME loop
*.wild CNAME www
*.mx.wild MX 10 *.wild
sub NS ns.sub
ns.sub A 192.0.2.2
safe NS ns.safe
safe DS 1 15 2 ${'ab'.repeat(32)}
ns.safe AAAA 2001:db8::7
a.b.c SRV 1 2 3 www
old DNAME wild
long DNAME ${'l'.repeat(60)}.${'m'.repeat(60)}.${'n'.repeat(60)}
odd\\000\\.name TYPE65400 \\# 3 abcdef
${Array.from({ length: 40 }, (_, index) => `many A 192.0.2.${index}`).join('\n')}
${Array.from({ length: 400 }, (_, index) => `h${index} TXT "number ${index}"`).join('\n')}
`

const owners = [
  ['', 'www', 'ns', 'alias', 'loop', 'x.wild', '*.wild', 'x.mx.wild', 'sub', 'deep.in.sub', 'ns.sub', 'safe', 'x.safe'],
  ['b.c', 'c', 'a.b.c', 'x.old', 'old', 'x.long', 'many', 'h7', 'none', 'x.y.z', '_8443._tcp.www', 'odd\\000\\.name'],
].flat()

/** Names that lead everywhere in those zones, and out of them. */
export const askedNames: readonly Uint8Array[] = [
  ...Object.keys(hostileZones).flatMap((apex) =>
    owners.map((owner) => parseAbsoluteName(owner === '' ? apex : `${owner}.${apex}`)),
  ),
  ...['.', 'test.', 'elsewhere.example.', 'WwW.NsEc.TeSt.'].map(parseAbsoluteName),
]

/** The key that the server knows, and that some of the hostile messages are rightly signed with. */
export const tsigKey = { name: parseAbsoluteName('key.test.'), secret: new Uint8Array(32).fill(7) }

/** A chain of two hashes that are nobody's, and a signature that nobody checks: the way to each NSEC3 answer is what counts. */
const nsec3Chain = `@ NSEC3PARAM 1 0 1 aabb
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 1 1 aabb 2t7b4g4vsa5smi47k61mv5bv1a22bojr SOA
2t7b4g4vsa5smi47k61mv5bv1a22bojr NSEC3 1 1 1 aabb 0p9mhaveqvm6t7vbl5lop2u3t2rp3tom A
${['@ RRSIG SOA', 'www RRSIG A', '2t7b4g4vsa5smi47k61mv5bv1a22bojr RRSIG NSEC3'].map((text) => `${text} 15 2 300 20300101000000 20200101000000 1 @ AAAA`).join('\n')}
`

export function zoneFileText(denial: HostileDenial): string {
  return denial === 'nsec3' ? hostileZoneText + nsec3Chain : hostileZoneText
}
