import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'

const zone = (soaTtl: number, minimum: number): string => `
@ ${soaTtl} SOA ns host 1 2 3 4 ${minimum}
www 300 A 192.0.2.1
a.b.c 300 A 192.0.2.2
alias 300 CNAME www
dangling 300 CNAME missing
half 300 CNAME c
`

test('2.1, 2.2: name error and NODATA carry the SOA in the authority section', () => {
  const store = storeOf({ 'example.': zone(3600, 60) })
  const nameError = ask(store, 'missing.example. A')
  assert.deepEqual([nameError.rcode, nameError.answer], ['NXDOMAIN', []])
  const noData = ask(store, 'www.example. AAAA')
  assert.deepEqual([noData.rcode, noData.answer], ['NOERROR', []])
  for (const reply of [nameError, noData]) {
    assert.deepEqual(reply.authority, ['example. 60 SOA ns.example. host.example. 1 2 3 4 60'])
  }
})

test('3: the TTL of the SOA in a denial is the lesser of its own and its minimum field', () => {
  assert.match(ask(storeOf({ 'example.': zone(3600, 60) }), 'no.example. A').authority[0] ?? '', / 60 SOA/)
  assert.match(ask(storeOf({ 'example.': zone(30, 60) }), 'no.example. A').authority[0] ?? '', / 30 SOA/)
})

test('3: asked for, the SOA keeps its own TTL', () => {
  const store = storeOf({ 'example.': zone(3600, 60) })
  assert.deepEqual(ask(store, 'example. SOA').answer, ['example. 3600 SOA ns.example. host.example. 1 2 3 4 60'])
})

test('2.1, 2.2: an alias before a denial stays in the answer; the code is that of the last name (RFC 6604)', () => {
  const store = storeOf({ 'example.': zone(3600, 60) })
  const dangling = ask(store, 'dangling.example. A')
  assert.deepEqual([dangling.rcode, dangling.answer.length, dangling.authority.length], ['NXDOMAIN', 1, 1])
  const half = ask(store, 'half.example. A')
  assert.deepEqual([half.rcode, half.answer.length, half.authority.length], ['NOERROR', 1, 1])
})

test('empty non-terminals exist (RFC 8020 section 2)', () => {
  const store = storeOf({ 'example.': zone(3600, 60) })
  for (const name of ['c.example.', 'b.c.example.']) assert.equal(ask(store, `${name} A`).rcode, 'NOERROR', name)
  assert.equal(ask(store, 'x.c.example. A').rcode, 'NXDOMAIN')
})
