import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'

const store = storeOf({
  'acme.': `
@ SOA ns host 1 2 3 4 5
@ NS v1.ns
v1.ns A 192.0.2.53
_ssh._tcp SRV 0 0 22 host
_none._tcp SRV 0 0 0 .
host A 192.0.2.1
host AAAA 2001:db8::1
@ MX 10 host
nomail MX 0 .
@ MX 20 mail.sub
sub NS ns.sub
mail.sub A 192.0.2.66
alias CNAME host
@ MX 30 alias
`,
})

test('a service comes with the addresses of its target', () => {
  assert.deepEqual(ask(store, '_ssh._tcp.acme. SRV').additional, [
    'host.acme. 3600 A 192.0.2.1',
    'host.acme. 3600 AAAA 2001:db8::1',
  ])
})

test('a target of "." means that the service is not there (also RFC 7505 for mail)', () => {
  assert.deepEqual(ask(store, '_none._tcp.acme. SRV').additional, [])
  assert.deepEqual(ask(store, 'nomail.acme. MX').additional, [])
})

test('data below a delegation and aliases are not added', () => {
  const reply = ask(store, 'acme. MX')
  assert.deepEqual(
    [reply.answer.length, reply.additional],
    [3, ['host.acme. 3600 A 192.0.2.1', 'host.acme. 3600 AAAA 2001:db8::1']],
  )
})

test('RFC 4592: a target that only a wildcard covers comes with the synthesized addresses', () => {
  const wild = storeOf({
    'acme.': '@ SOA ns host 1 2 3 4 5\n@ NS v1.ns\n*.ns A 192.0.2.53\nsub NS v2.ns\nmx MX 1 v3.ns',
  })
  assert.deepEqual(ask(wild, 'acme. NS').additional, ['v1.ns.acme. 3600 A 192.0.2.53'])
  assert.deepEqual(ask(wild, 'mx.acme. MX').additional, ['v3.ns.acme. 3600 A 192.0.2.53'])
  assert.deepEqual(ask(wild, 'x.sub.acme. A').additional, ['v2.ns.acme. 3600 A 192.0.2.53'])
})

test('name servers of the zone come with their addresses', () => {
  assert.deepEqual(ask(store, 'acme. NS').additional, ['v1.ns.acme. 3600 A 192.0.2.53'])
})

test('RFC 3597 section 4: a target in SRV is sent uncompressed, in MX compressed', () => {
  const targets = (question: string): number =>
    Buffer.from(ask(store, question, { udpPayloadBytes: 0 }).bytes)
      .toString('latin1')
      .split('\x04host\x04acme\x00').length - 1
  assert.equal(targets('_ssh._tcp.acme. SRV'), 1)
  assert.equal(targets('acme. MX'), 0)
})
