import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, test } from 'node:test'
import { promisify } from 'node:util'
import { skipWithout } from '../../../tools/system-tools.ts'
import { type DnsServer, serveDns } from './serve.ts'
import { storeOf } from './testing/zone-text.ts'

const skip = skipWithout('dig')
const text = `@ SOA ns.shop.acme. host.shop.acme. 7 60 30 86400 30
@ NS ns.shop.acme.
www A 192.0.2.1
www AAAA 2001:db8::1
`

let server: DnsServer
before(async () => {
  const many = Array.from({ length: 100 }, (_, index) => `many A 192.0.2.${index}`).join('\n')
  server = await serveDns({ address: '127.0.0.1', port: 0, source: storeOf({ 'shop.acme.': `${text}${many}` }) })
})
after(() => server.close())

async function dig(...words: string[]): Promise<string> {
  const options = ['@127.0.0.1', '-p', String(server.port), '+time=5', '+tries=1', '+nosplit']
  return (await promisify(execFile)('dig', [...options, ...words])).stdout
}

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
