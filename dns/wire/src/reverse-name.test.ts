import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parseAddress, parseReverseName, reverseName, reverseZone } from './index.ts'

const address = (text: string): Uint8Array => parseAddress(text) as Uint8Array

test('RFC 1035 3.5 and RFC 3596 2.5: names of addresses', () => {
  assert.equal(reverseName(address('10.2.0.52')), '52.0.2.10.in-addr.arpa')
  assert.equal(
    reverseName(address('4321:0:1:2:3:4:567:89ab')),
    'b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa',
  )
  assert.equal(reverseZone(address('192.0.2.0'), 24), '2.0.192.in-addr.arpa')
  assert.equal(reverseZone(address('2001:db8::'), 32), '8.b.d.0.1.0.0.2.ip6.arpa')
})

test('every address comes back from its name, and nothing else does', () => {
  const bytes = fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  fc.assert(fc.property(bytes, (any) => assert.deepEqual(parseReverseName(reverseName(any)), any)))
  const others = ['1.0.0.127', '0.127.in-addr.arpa', '256.0.0.127.in-addr.arpa', '01.0.0.127.in-addr.arpa', 'ip6.arpa']
  const near = reverseName(address('2001:db8::1'))
  for (const name of [...others, `0.${near}`, near.slice(2), near.replace('1', 'A'), near.replace('1', '12')])
    assert.equal(parseReverseName(name), undefined, name)
})
