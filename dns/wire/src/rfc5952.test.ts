import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatAddress, parseAddress, parseIpv4, parseIpv6 } from './index.ts'

test('4: the recommended text', () => {
  const cases: [string, string][] = [
    ['2001:0db8::0001', '2001:db8::1'],
    ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:DB8::AA', '2001:db8::aa'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['192.0.2.1', '192.0.2.1'],
  ]
  for (const [text, expected] of cases) assert.equal(formatAddress(parseAddress(text) as Uint8Array), expected)
})

test('what is no address', () => {
  const cases = [
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '::1::',
    '12345::',
    'g::',
    '::1%eth0',
    '1.2.3',
    '1.2.3.4.5',
  ]
  cases.push(
    '01.2.3.4',
    '256.1.1.1',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '1:2:3:4:5:6:7:1.2.3.4',
    '1:2:3:4:5:6:7:8::',
    ' ::1',
    '1.2.3.4 ',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
  )
  for (const text of cases) assert.equal(parseAddress(text), undefined, text)
})

test('the same texts are addresses here and in the system', () => {
  fc.assert(
    fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{0,20}$/)), (text) => {
      assert.equal(parseIpv4(text) !== undefined, isIP(text) === 4, text)
      assert.equal(parseIpv6(text) !== undefined, isIP(text) === 6, text)
    }),
    { numRuns: 3000 },
  )
})

test('every address survives text and back', () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.array(fc.constantFrom(0, 0, 0, 1, 255), { minLength: 16, maxLength: 16 }).map((bytes) => Uint8Array.from(bytes)),
  )
  fc.assert(fc.property(address, (bytes) => assert.deepEqual(parseAddress(formatAddress(bytes)), bytes)))
})
