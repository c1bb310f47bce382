import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isInPrefixes, type Prefix, parsePrefix } from './prefix.ts'

const prefix = (text: string): Prefix => {
  const parsed = parsePrefix(text)
  assert.ok(parsed, text)
  return parsed
}

test('addresses in a prefix, and beside it', () => {
  for (const [text, inside, outside] of [
    ['192.0.2.0/24', ['192.0.2.0', '192.0.2.255', '::ffff:192.0.2.7'], ['192.0.3.0', '::1', 'nonsense']],
    ['192.0.2.128/25', ['192.0.2.128', '192.0.2.255'], ['192.0.2.127']],
    ['192.0.2.7', ['192.0.2.7'], ['192.0.2.6']],
    ['0.0.0.0/0', ['203.0.113.9'], ['2001:db8::1']],
    ['2001:db8::/32', ['2001:db8::1', '2001:db8:ffff::'], ['2001:db9::', '192.0.2.1']],
    ['fe80::/10', ['fe80::1%eth0', 'febf::1'], ['fec0::1']],
  ] as const) {
    for (const address of inside) assert.equal(isInPrefixes(address, [prefix(text)]), true, `${address} in ${text}`)
    for (const address of outside) assert.equal(isInPrefixes(address, [prefix(text)]), false, `${address} in ${text}`)
  }
  assert.equal(isInPrefixes('192.0.2.1', []), false)
})

test('what is no prefix', () => {
  for (const text of [
    '',
    'x',
    '192.0.2.0/33',
    '192.0.2.0/-1',
    '192.0.2.0/024',
    '192.0.2.1/24',
    '2001:db8::/129',
    '1/2/3',
  ])
    assert.equal(parsePrefix(text), undefined, text)
})
