import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatNotifyTarget, parseNotifyTarget } from './notify-target.ts'

test('addresses with and without port and key', () => {
  for (const [text, address, port, keyName] of [
    ['192.0.2.1', '192.0.2.1', 53, undefined],
    ['192.0.2.1:5300', '192.0.2.1', 5300, undefined],
    ['2001:db8::1', '2001:db8::1', 53, undefined],
    ['[2001:db8::1]', '2001:db8::1', 53, undefined],
    ['[::1]:5300', '::1', 5300, undefined],
    ['transfer@192.0.2.1:5300', '192.0.2.1', 5300, 'transfer'],
    ['a.b@::1', '::1', 53, 'a.b'],
  ] as const)
    assert.deepEqual(parseNotifyTarget(text), { address, port, ...(keyName === undefined ? {} : { keyName }) }, text)
  assert.equal(formatNotifyTarget({ address: '::1', port: 53 }), '[::1]:53')
  assert.equal(formatNotifyTarget({ address: '192.0.2.1', port: 5300 }), '192.0.2.1:5300')
})

test('what is none', () => {
  for (const text of [
    ...['', 'ns.example.org', '192.0.2.1:', '192.0.2.1:0', '192.0.2.1:65536', '192.0.2.256', '@192.0.2.1', 'a@b@::1'],
    ...['[192.0.2.1]:53', '[::1', '::1]:53', '[::g]:53', ':53', '192.0.2.1:53:53'],
  ])
    assert.equal(parseNotifyTarget(text), undefined, text)
})
