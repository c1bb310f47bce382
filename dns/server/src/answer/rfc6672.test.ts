import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'

const long = `${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}`
const store = storeOf({
  'example.com.': `
@ SOA ns host 1 2 3 4 5
@ NS ns
ns A 192.0.2.53
frobozz DNAME frobozz-division.acme.example.
frobozz TXT "here"
inside DNAME real
www.real A 192.0.2.1
alias.real CNAME www.inside
round DNAME round
grow DNAME x.grow
long DNAME ${'d'.repeat(60)}
turn DNAME @
back CNAME turn
cut NS ns.other.
cut DNAME ignored.example.
`,
  'acme.example.': '@ SOA ns host 1 2 3 4 5\n@ NS ns\nfoo.frobozz-division A 192.0.2.2\n',
  'old.test.': '@ SOA ns host 1 2 3 4 5\n@ NS ns.example.com.\n@ DNAME example.com.\n',
})

test('2.2, 3.2: a name below a DNAME is rewritten, and the answer goes on at the new name', () => {
  const reply = ask(store, 'Foo.Frobozz.example.com A')
  assert.deepEqual(reply.answer, [
    'Frobozz.example.com. 3600 DNAME frobozz-division.acme.example.',
    'Foo.Frobozz.example.com. 3600 CNAME foo.frobozz-division.acme.example.',
    'foo.frobozz-division.acme.example. 3600 A 192.0.2.2',
  ])
  assert.deepEqual([reply.flags, reply.rcode], ['aa', 'NOERROR'])
})

test('2.3: the owner of the DNAME itself is not redirected', () => {
  assert.deepEqual(ask(store, 'frobozz.example.com TXT').answer, ['frobozz.example.com. 3600 TXT "here"'])
  assert.deepEqual(ask(store, 'frobozz.example.com A').answer, [])
  assert.deepEqual(ask(store, 'frobozz.example.com DNAME').answer, [
    'frobozz.example.com. 3600 DNAME frobozz-division.acme.example.',
  ])
})

test('2.4: names below that are in the zone are hidden; a delegation goes before a DNAME beside it', () => {
  assert.equal(ask(store, 'x.y.inside.example.com A').rcode, 'NXDOMAIN')
  const referral = ask(store, 'a.cut.example.com A')
  assert.deepEqual([referral.answer, referral.authority], [[], ['cut.example.com. 3600 NS ns.other.']])
})

test('3.2: chains through the same DNAME show it once, and end where they come back to themselves', () => {
  assert.deepEqual(ask(store, 'alias.inside.example.com A').answer, [
    'inside.example.com. 3600 DNAME real.example.com.',
    'alias.inside.example.com. 3600 CNAME alias.real.example.com.',
    'alias.real.example.com. 3600 CNAME www.inside.example.com.',
    'www.inside.example.com. 3600 CNAME www.real.example.com.',
    'www.real.example.com. 3600 A 192.0.2.1',
  ])
  assert.deepEqual(ask(store, 'a.round.example.com A').answer, [
    'round.example.com. 3600 DNAME round.example.com.',
    'a.round.example.com. 3600 CNAME a.round.example.com.',
  ])
  const growing = ask(store, 'a.grow.example.com A')
  assert.ok(growing.answer.length > 3 && growing.answer.length < 20)
  assert.equal(growing.answer.filter((line) => line.includes(' DNAME ')).length, 1)
})

test('RFC 2181 5.5: a DNAME that a chain comes back to stands in the answer once', () => {
  assert.deepEqual(ask(store, 'back.turn.example.com DNAME').answer, [
    'turn.example.com. 3600 DNAME example.com.',
    'back.turn.example.com. 3600 CNAME back.example.com.',
    'back.example.com. 3600 CNAME turn.example.com.',
  ])
})

test('2.2: a name that gets too long is YXDOMAIN, with the DNAME that says why', () => {
  const reply = ask(store, `${long}.long.example.com A`)
  assert.equal(reply.rcode, 'YXDOMAIN')
  assert.deepEqual(reply.answer, [`long.example.com. 3600 DNAME ${'d'.repeat(60)}.example.com.`])
})

test('2.3: a DNAME at the apex leaves the apex as it is', () => {
  assert.equal(ask(store, 'old.test SOA').answer.length, 1)
  assert.deepEqual(ask(store, 'ns.old.test A').answer, [
    'old.test. 3600 DNAME example.com.',
    'ns.old.test. 3600 CNAME ns.example.com.',
    'ns.example.com. 3600 A 192.0.2.53',
  ])
})
