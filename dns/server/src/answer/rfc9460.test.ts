import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'

const store = storeOf({
  'shop.acme.': `
@                   SOA ns host 1 2 3 4 5
www                 HTTPS 1 . alpn="h2,http/1.1"
www                 A 192.0.2.1
www                 AAAA 2001:db8::1
_443._tcp.www       TLSA 3 1 1 ${'11'.repeat(32)}
_8443._tcp.www      TLSA 3 1 1 ${'22'.repeat(32)}
_8443._https.www    HTTPS 1 www alpn="h2,http/1.1" port=8443
_9443._https.www    HTTPS 1 www
_9443._tcp.www      TLSA 3 1 1 ${'33'.repeat(32)}
alias               HTTPS 0 www
none                HTTPS 0 .
out                 HTTPS 1 www.elsewhere.
_dns.resolver       SVCB 1 www alpn=dot port=8443
two                 HTTPS 1 www
two                 HTTPS 2 www port=8443
`,
})

const tlsa = (port: number, digit: string): string => `_${port}._tcp.www.shop.acme. 3600 TLSA 3 1 1 ${digit.repeat(64)}`
const addresses = ['www.shop.acme. 3600 A 192.0.2.1', 'www.shop.acme. 3600 AAAA 2001:db8::1']

test('4.1: a service at the host itself comes with addresses and key', () => {
  const reply = ask(store, 'www.shop.acme. HTTPS')
  assert.deepEqual(reply.answer, ['www.shop.acme. 3600 HTTPS 1 . alpn="h2,http/1.1"'])
  assert.deepEqual(reply.additional, [...addresses, tlsa(443, '1')])
})

test('9.1: a service at another port; its port parameter, or else its owner, names the key', () => {
  assert.deepEqual(ask(store, '_8443._https.www.shop.acme. HTTPS').additional, [...addresses, tlsa(8443, '2')])
  assert.deepEqual(ask(store, '_9443._https.www.shop.acme. HTTPS').additional, [...addresses, tlsa(9443, '3')])
  assert.deepEqual(ask(store, '_dns.resolver.shop.acme. SVCB').additional, [...addresses, tlsa(8443, '2')])
})

test('4.1: an alias comes with the record and the addresses of its target', () => {
  const reply = ask(store, 'alias.shop.acme. HTTPS')
  assert.deepEqual(reply.additional, [...addresses, 'www.shop.acme. 3600 HTTPS 1 . alpn="h2,http/1.1"'])
})

test('2.5.1: an alias to the root means that there is no service, and targets elsewhere are not looked up', () => {
  assert.deepEqual(ask(store, 'none.shop.acme. HTTPS').additional, [])
  assert.deepEqual(ask(store, 'out.shop.acme. HTTPS').additional, [])
})

test('what two records share is sent once', () => {
  assert.deepEqual(ask(store, 'two.shop.acme. HTTPS').additional, [...addresses, tlsa(443, '1'), tlsa(8443, '2')])
})

test('additional data that does not fit is left out without truncation', () => {
  const reply = ask(store, 'two.shop.acme. HTTPS', { transport: 'udp', udpPayloadBytes: 0 })
  assert.equal(reply.flags, 'aa')
  const many = storeOf({
    'acme.': `@ SOA ns host 1 2 3 4 5\nwww HTTPS 1 .\n${Array.from({ length: 60 }, (_, index) => `www A 192.0.2.${index}`).join('\n')}`,
  })
  const small = ask(many, 'www.acme. HTTPS', { transport: 'udp', udpPayloadBytes: 512 })
  assert.deepEqual([small.flags, small.answer.length, small.additional], ['aa', 1, []])
})
