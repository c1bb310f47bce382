import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'

/** The zone of RFC 4592 section 2.2.1. */
const store = storeOf({
  'example.': `
$ORIGIN example.
example.                 3600 IN  SOA   ns.example.com. host.example.com. 1 2 3 4 5
example.                 3600     NS    ns.example.com.
example.                 3600     NS    ns.example.net.
*.example.               3600     TXT   "this is a wildcard"
*.example.               3600     MX    10 host1.example.
sub.*.example.           3600     TXT   "this is not a wildcard"
host1.example.           3600     A     192.0.2.1
_ssh._tcp.host1.example. 3600     SRV   0 0 22 host1.example.
_ssh._tcp.host2.example. 3600     SRV   0 0 22 host2.example.
subdel.example.          3600     NS    ns.example.com.
subdel.example.          3600     NS    ns.example.net.
`,
})

test('2.2.1: responses that are synthesized from a wildcard', () => {
  assert.deepEqual(ask(store, 'host3.example. MX').answer, ['host3.example. 3600 MX 10 host1.example.'])
  const noData = ask(store, 'host3.example. A')
  assert.deepEqual([noData.rcode, noData.answer.length, noData.authority.length], ['NOERROR', 0, 1])
  assert.deepEqual(ask(store, 'foo.bar.example. TXT').answer, ['foo.bar.example. 3600 TXT "this is a wildcard"'])
})

test('2.2.1: responses that are not synthesized', () => {
  for (const question of ['host1.example. MX', 'sub.*.example. MX']) {
    const reply = ask(store, question)
    assert.deepEqual([reply.rcode, reply.answer, reply.flags], ['NOERROR', [], 'aa'], question)
  }
  for (const question of ['_telnet._tcp.host1.example. SRV', 'ghost.*.example. MX']) {
    const reply = ask(store, question)
    assert.deepEqual([reply.rcode, reply.answer, reply.flags], ['NXDOMAIN', [], 'aa'], question)
  }
  const referral = ask(store, 'host.subdel.example. A')
  assert.deepEqual([referral.rcode, referral.flags, referral.authority.length], ['NOERROR', '', 2])
})

test('2.2.2: an empty non-terminal is NODATA and stops the wildcard', () => {
  for (const question of ['_tcp.host1.example. MX', 'host2.example. MX', '_tcp.host2.example. A']) {
    const reply = ask(store, question)
    assert.deepEqual([reply.rcode, reply.answer.length, reply.authority.length], ['NOERROR', 0, 1], question)
  }
  assert.equal(ask(store, 'a.host2.example. MX').rcode, 'NXDOMAIN')
})

test('2.1.1: a wildcard is asked for by its own name like any other', () => {
  assert.deepEqual(ask(store, '*.example. TXT').answer, ['*.example. 3600 TXT "this is a wildcard"'])
  assert.deepEqual(ask(store, 'sub.*.example. TXT').answer, ['sub.*.example. 3600 TXT "this is not a wildcard"'])
})

test('2.1.3: an asterisk that is not the whole first label is no wildcard', () => {
  const other = storeOf({ 'example.': '@ SOA ns h 1 2 3 4 5\n*a A 192.0.2.1\na.*.b A 192.0.2.2' })
  assert.equal(ask(other, 'xa.example. A').rcode, 'NXDOMAIN')
  assert.equal(ask(other, 'a.x.b.example. A').rcode, 'NOERROR')
})

test('3.3.1: the wildcard at the closest encloser counts, not one above it', () => {
  const nested = storeOf({
    'example.': '@ SOA ns h 1 2 3 4 5\n*.a A 192.0.2.1\nb.a A 192.0.2.2\n*.c.a A 192.0.2.3\n* A 192.0.2.4',
  })
  assert.deepEqual(ask(nested, 'x.y.a.example. A').answer, ['x.y.a.example. 3600 A 192.0.2.1'])
  assert.equal(ask(nested, 'x.b.a.example. A').rcode, 'NXDOMAIN')
  assert.deepEqual(ask(nested, 'x.c.a.example. A').answer, ['x.c.a.example. 3600 A 192.0.2.3'])
  assert.deepEqual(ask(nested, 'q.example. A').answer, ['q.example. 3600 A 192.0.2.4'])
})

test('a wildcard below the longest encloser that a name can have finds nothing and breaks nothing', () => {
  const label = 'a'.repeat(63)
  const name = `${[label, label, label, 'b'.repeat(53)].join('.')}.example.`
  const full = storeOf({ 'example.': `@ SOA ns h 1 2 3 4 5\n${name} A 192.0.2.1` })
  assert.equal(ask(full, `${name} A`).answer.length, 1)
  assert.equal(ask(full, `x.${name.slice(64)} A`).rcode, 'NXDOMAIN')
})
