import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'

const many = Array.from(
  { length: 8 },
  (_, index) => `big NS ns${index}.big\nns${index}.big AAAA 2001:db8::${index}\nns${index}.big A 192.0.2.${index}`,
)
const store = storeOf({
  'acme.': `
@ SOA ns host 1 2 3 4 5
@ NS v1.ns
v1.ns A 192.0.2.53
sub NS ns.sub
sub NS ns.other
sub NS ns.outside.
sub NS v1.ns
ns.sub A 192.0.2.1
ns.sub AAAA 2001:db8::1
other NS ns.other
ns.other A 192.0.2.2
sub DS 1 15 2 ${'ab'.repeat(32)}
${many.join('\n')}
`,
})

test('2.1: addresses of servers below the cut come first, then those of servers beside it', () => {
  const reply = ask(store, 'www.sub.acme. A')
  assert.deepEqual([reply.rcode, reply.flags, reply.authority.length], ['NOERROR', '', 4])
  assert.deepEqual(reply.additional, [
    'ns.sub.acme. 3600 A 192.0.2.1',
    'ns.sub.acme. 3600 AAAA 2001:db8::1',
    'ns.other.acme. 3600 A 192.0.2.2',
    'v1.ns.acme. 3600 A 192.0.2.53',
  ])
})

test('3.1: when the addresses below the cut do not fit, the referral is truncated', () => {
  assert.equal(ask(store, 'www.big.acme. A', { transport: 'udp', udpPayloadBytes: 512 }).flags, 'tc')
  assert.equal(ask(store, 'www.big.acme. A', { transport: 'udp', udpPayloadBytes: 1232 }).additional.length, 16)
})

test('the cut itself is referred as well, for every type but DS', () => {
  for (const type of ['NS', 'A', 'SOA', 'ANY', 'CNAME']) {
    const reply = ask(store, `sub.acme. ${type}`)
    assert.deepEqual([reply.flags, reply.answer.length, reply.authority.length], ['', 0, 4], type)
  }
})

test("RFC 4035 section 3.1.4.1: DS at a cut is the parent's own data", () => {
  const reply = ask(store, 'sub.acme. DS')
  assert.deepEqual([reply.flags, reply.answer.length], ['aa', 1])
  const insecure = ask(store, 'other.acme. DS')
  assert.deepEqual([insecure.flags, insecure.answer.length, insecure.authority.length], ['aa', 0, 1])
  assert.match(insecure.authority[0] ?? '', /^acme\. .* SOA/)
  assert.equal(ask(store, 'x.sub.acme. DS').flags, '')
})

test('RFC 4035 section 3.1.4: a referral brings DS to readers that validate', () => {
  const withSigner = ask(store, 'www.sub.acme. A', { dnssecOk: true })
  assert.deepEqual(
    withSigner.authority.map((line) => line.split(' ')[2]),
    ['NS', 'NS', 'NS', 'NS', 'DS'],
  )
  assert.equal(ask(store, 'www.other.acme. A', { dnssecOk: true }).authority.length, 1)
})

test('RFC 4035 section 3.1.4.1: with parent and child served here, DS comes from the parent, all else from the child', () => {
  const both = storeOf({
    'acme.': `@ SOA ns host 1 2 3 4 5\nsub NS ns.sub\nns.sub A 192.0.2.1\nsub DS 1 15 2 ${'ab'.repeat(32)}`,
    'sub.acme.': '@ SOA ns host 6 7 8 9 10\n@ NS ns\nns A 192.0.2.1\nwww A 192.0.2.2',
  })
  assert.equal(ask(both, 'sub.acme. DS').answer.length, 1)
  assert.deepEqual(ask(both, 'sub.acme. NS').flags, 'aa')
  assert.deepEqual(ask(both, 'www.sub.acme. A').answer, ['www.sub.acme. 3600 A 192.0.2.2'])
  const apexOnly = storeOf({ 'sub.acme.': '@ SOA ns host 6 7 8 9 10\nwww A 192.0.2.2' })
  const denied = ask(apexOnly, 'sub.acme. DS')
  assert.deepEqual([denied.rcode, denied.flags, denied.authority.length], ['NOERROR', 'aa', 1])
})
