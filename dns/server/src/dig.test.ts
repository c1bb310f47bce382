import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout } from '../../../tools/system-tools.ts'
import { type DnsServer, serveDns } from './serve.ts'
import { storeOf } from './testing/zone-text.ts'

const skip = skipWithout('dig')
const hash = 'ab'.repeat(32)
const records: [string, string, string][] = [
  ['www', 'A', '192.0.2.1'],
  ['www', 'AAAA', '2001:db8::1'],
  ['www', 'TXT', '"one \\"two\\"" "three"'],
  ['www', 'MX', '10 mail.shop.acme.'],
  ['_sip._tcp', 'SRV', '1 2 5060 www.shop.acme.'],
  ['alias', 'CNAME', 'elsewhere.example.'],
  ['www', 'CAA', '0 issue "ca.example"'],
  ['@', 'NS', 'ns.shop.acme.'],
  ['@', 'SOA', 'ns.shop.acme. host.shop.acme. 7 60 30 86400 30'],
  ['_8443._tcp.www', 'TLSA', `3 1 1 ${hash}`],
  ['_8443._https.www', 'HTTPS', '1 www.shop.acme. alpn="h2,http/1.1" port=8443'],
  ['_dns', 'SVCB', '1 www.shop.acme. alpn="dot" port=853 ipv4hint=192.0.2.1 ipv6hint=2001:db8::1'],
  ['www', 'SSHFP', `4 2 ${hash}`],
  ['www', 'CERT', 'PKIX 0 0 MAA='],
  ['ptr', 'PTR', 'www.shop.acme.'],
  ['www', 'URI', '10 1 "https://www.shop.acme/"'],
  ['www', 'NAPTR', '100 50 "s" "z3950" "" www.shop.acme.'],
  ['www', 'TYPE65280', '\\# 3 010203'],
]

let server: DnsServer
before(async () => {
  const text = records.map(([owner, type, rdata]) => `${owner} ${type} ${rdata}`).join('\n')
  const many = Array.from({ length: 100 }, (_, index) => `many A 192.0.2.${index}`).join('\n')
  server = await serveDns({ address: '127.0.0.1', port: 0, source: storeOf({ 'shop.acme.': `${text}\n${many}` }) })
})
after(() => server.close())

async function dig(...words: string[]): Promise<string> {
  const options = ['@127.0.0.1', '-p', String(server.port), '+time=5', '+tries=1', '+nosplit']
  return (await promisify(execFile)('dig', [...options, ...words])).stdout
}

const compact = (text: string): string => text.toLowerCase().replace(/\s+/g, ' ').trim()

test('dig reads every type as it was written, by UDP and by TCP', { skip }, async () => {
  for (const [owner, type, rdata] of records) {
    const name = owner === '@' ? 'shop.acme.' : `${owner}.shop.acme.`
    for (const transport of ['+notcp', '+tcp']) {
      assert.equal(compact(await dig('+short', transport, name, type)), compact(rdata), `${name} ${type} ${transport}`)
    }
  }
})

test('dig finds no fault with denials, refusals and flags', { skip }, async () => {
  const denied = await dig('no.shop.acme.', 'A')
  assert.match(denied, /status: NXDOMAIN/)
  assert.match(denied, /shop\.acme\.\s+30\s+IN\s+SOA/)
  assert.match(
    await dig('www.shop.acme.', 'LOC'),
    /status: NOERROR[\s\S]*flags: qr aa rd; QUERY: 1, ANSWER: 0, AUTHORITY: 1/,
  )
  assert.match(await dig('example.com.', 'A'), /status: REFUSED[\s\S]*EDE: 20 \(Not Authoritative\)/)
  assert.match(await dig('+edns=1', '+noednsneg', 'www.shop.acme.', 'A'), /status: BADVERS/)
  assert.match(await dig('+opcode=7', 'www.shop.acme.', 'A'), /status: NOTIMP/)
  assert.doesNotMatch(await dig('www.shop.acme.', 'A'), /WARNING: (?!recursion)/)
})

test('dig asks again by TCP when an answer is too long for UDP', { skip }, async () => {
  assert.equal((await dig('+short', 'many.shop.acme.', 'A')).trim().split('\n').length, 100)
  assert.match(await dig('+ignore', 'many.shop.acme.', 'A'), /flags: qr aa tc rd/)
})

test('dig keeps a TCP connection for several questions', { skip }, async () => {
  const text = await dig('+tcp', '+keepopen', '+short', 'www.shop.acme.', 'A', 'www.shop.acme.', 'AAAA')
  assert.equal(text, '192.0.2.1\n2001:db8::1\n')
})
