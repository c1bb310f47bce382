import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout } from '../../../tools/system-tools.ts'
import { type DnsServer, serveDns } from './serve.ts'
import { storeOf } from './testing/zone-text.ts'

/** RFC 8906 section 8: the queries by which zones' servers are examined, as they stand there, and what each expects. */

interface Expected {
  readonly status: string
  readonly hasSoa: boolean
  /** Flags of the header. */
  readonly flags: string
  /** Flags of EDNS; undefined without an OPT record. */
  readonly edns?: string | undefined
}

const soa: Expected = { status: 'NOERROR', hasSoa: true, flags: 'qr aa' }
const ednsSoa: Expected = { ...soa, edns: '' }
const badVersion: Expected = { status: 'BADVERS', hasSoa: false, flags: 'qr', edns: '' }

const examinations: readonly (readonly [string, string, Expected])[] = [
  ['8.1.1', '+noedns +noad +norec soa ZONE', soa],
  ['8.1.2', '+noedns +noad +norec type1000 ZONE', { ...soa, hasSoa: false }],
  // CD and AD are for resolvers: RFC 4035 section 3.1.6 has CD copied by those, RFC 6840 section 5.7 AD never without validation.
  ['8.1.3.1', '+noedns +noad +norec +cd soa ZONE', soa],
  ['8.1.3.2', '+noedns +norec +ad soa ZONE', soa],
  ['8.1.3.3', '+noedns +noad +norec +zflag soa ZONE', soa],
  ['8.1.3.4', '+noedns +noad +rec soa ZONE', { ...soa, flags: 'qr aa rd' }],
  ['8.1.4', '+noedns +noad +opcode=15 +norec +header-only', { status: 'NOTIMP', hasSoa: false, flags: 'qr' }],
  ['8.1.5', '+noedns +noad +norec +tcp soa ZONE', soa],
  ['8.2.1', '+nocookie +edns=0 +noad +norec soa ZONE', ednsSoa],
  ['8.2.2', '+nocookie +edns=1 +noednsneg +noad +norec soa ZONE', badVersion],
  ['8.2.3', '+nocookie +edns=0 +noad +norec +ednsopt=100 soa ZONE', ednsSoa],
  ['8.2.4', '+nocookie +edns=0 +noad +norec +ednsflags=0x40 soa ZONE', ednsSoa],
  ['8.2.5', '+nocookie +edns=1 +noednsneg +noad +norec +ednsflags=0x40 soa ZONE', badVersion],
  ['8.2.6', '+nocookie +edns=1 +noednsneg +noad +norec +ednsopt=100 soa ZONE', badVersion],
  [
    '8.2.7',
    '+norec +dnssec +bufsize=512 +ignore dnskey ZONE',
    { ...soa, hasSoa: false, flags: 'qr aa tc', edns: 'do' },
  ],
  ['8.2.8', '+nocookie +edns=0 +noad +norec +dnssec soa ZONE', { ...soa, edns: 'do' }],
  ['8.2.9', '+nocookie +edns=1 +noednsneg +noad +norec +dnssec soa ZONE', { ...badVersion, edns: 'do' }],
  ['8.2.10', '+edns=0 +noad +norec +cookie +nsid +expire +subnet=0.0.0.0/0 soa ZONE', ednsSoa],
]

let server: DnsServer
before(async () => {
  const key = (index: number): string => Buffer.alloc(32, index).toString('base64')
  const keys = Array.from({ length: 12 }, (_, index) => `@ DNSKEY 256 3 15 ${key(index)}`).join('\n')
  const source = storeOf({
    'zone.example.': `@ SOA ns.zone.example. host 7 60 30 86400 30\n@ NS ns.zone.example.\n${keys}`,
  })
  server = await serveDns({ address: '127.0.0.1', port: 0, source, nsid: Buffer.from('west') })
})
after(() => server.close())

for (const [section, words, expected] of examinations) {
  test(`RFC 8906 section ${section}: dig ${words}`, { skip: skipWithout('dig') }, async () => {
    const given = words.replace('ZONE', 'zone.example').split(' ')
    const options = ['@127.0.0.1', '-p', String(server.port), '+time=5', '+tries=1']
    const { stdout } = await promisify(execFile)('dig', [...options, ...given])
    const found: Expected = {
      status: /status: ([A-Z]+)/.exec(stdout)?.[1] ?? 'none',
      hasSoa: /^;; ANSWER SECTION:\n.*\sSOA\s/m.test(stdout),
      flags: /^;; flags: ([a-z ]*);/m.exec(stdout)?.[1] ?? 'none',
      edns: /^; EDNS: version: 0, flags:([a-z ]*);/m.exec(stdout)?.[1]?.trim(),
    }
    assert.deepEqual(found, { edns: undefined, ...expected }, stdout)
    assert.doesNotMatch(stdout, /MBZ|OPT=100/)
    // What is asked for a type that is nowhere is denied, not answered.
    if (section === '8.1.2') assert.match(stdout, /ANSWER: 0, AUTHORITY: 1/)
    if (section === '8.2.10')
      for (const option of [/NSID: .*"west"/, /COOKIE: [0-9a-f]+ \(good\)/]) assert.match(stdout, option)
  })
}
