import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask } from '../testing/ask.ts'
import { storeOf } from '../testing/zone-text.ts'

const store = storeOf({
  'example.':
    '@ SOA ns host 1 2 3 4 5\nwww TXT "t"\nwww A 192.0.2.1\nwww A 192.0.2.2\nalias CNAME www\na.b A 192.0.2.3\n*.w TXT "w"',
})

test('4.1: ANY is answered with one RRset, the same each time and whole', () => {
  for (const transport of ['udp', 'tcp'] as const) {
    const reply = ask(store, 'www.example. ANY', { transport })
    assert.deepEqual(reply.answer, ['www.example. 3600 A 192.0.2.1', 'www.example. 3600 A 192.0.2.2'])
  }
})

test('4.1: an alias answers ANY with itself and is not followed', () => {
  assert.deepEqual(ask(store, 'alias.example. ANY').answer, ['alias.example. 3600 CNAME www.example.'])
})

test('ANY at a wildcard, an empty non-terminal and a missing name', () => {
  assert.deepEqual(ask(store, 'x.w.example. ANY').answer, ['x.w.example. 3600 TXT "w"'])
  const empty = ask(store, 'b.example. ANY')
  assert.deepEqual([empty.rcode, empty.answer.length, empty.authority.length], ['NOERROR', 0, 1])
  assert.equal(ask(store, 'no.example. ANY').rcode, 'NXDOMAIN')
})
