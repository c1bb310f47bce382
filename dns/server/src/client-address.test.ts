import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseIpv4, parseIpv6 } from '@cresset/dns-wire'
import fc from 'fast-check'
import { clientAddressBytes } from './client-address.ts'

test('addresses as the system writes them', () => {
  assert.deepEqual(clientAddressBytes('192.0.2.255'), Uint8Array.of(192, 0, 2, 255))
  assert.deepEqual(clientAddressBytes('::ffff:192.0.2.1'), Uint8Array.of(192, 0, 2, 1))
  assert.deepEqual(clientAddressBytes('fe80::1%eth0.5'), parseIpv6('fe80::1'))
  assert.deepEqual(clientAddressBytes('::1'), parseIpv6('::1'))
  assert.deepEqual(clientAddressBytes('::192.0.2.1'), parseIpv6('::192.0.2.1'))
  for (const none of ['', '::ffff:192.0.2', '::ffff:192.0.2.1.5', 'localhost', '%eth0', '1.2.3.4 ', '1.2.3.'])
    assert.equal(clientAddressBytes(none), undefined, none)
})

test('IPv4 is read as everywhere', () => {
  const part = fc.oneof(
    fc.nat(999).map(String),
    fc.constantFrom('', '0', '00', '01', '255', '256', '-1', '1e1', '٣', ' 1'),
  )
  fc.assert(
    fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
      const text = parts.join('.')
      assert.deepEqual(clientAddressBytes(text), parseIpv4(text))
      if (text.includes('.')) assert.deepEqual(clientAddressBytes(`::ffff:${text}`), parseIpv4(text))
    }),
    { numRuns: 2_000 },
  )
})
