import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRdata, formatRdata, parseRdata, RecordType } from './index.ts'

/** Appendix D: presentation, and the wire form it must give. */
const FOO_COM = '03666f6f076578616d706c6503636f6d00'
const FOO_ORG = '03666f6f076578616d706c65036f726700'
const EXAMPLE_COM = '076578616d706c6503636f6d00'
const good: [string, string][] = [
  ['0 foo.example.com.', `0000${FOO_COM}`],
  ['1 .', '000100'],
  ['16 foo.example.com. port=53', `0010${FOO_COM}000300020035`],
  ['1 foo.example.com. key667=hello', `0001${FOO_COM}029b000568656c6c6f`],
  ['1 foo.example.com. key667="hello\\210qoo"', `0001${FOO_COM}029b000968656c6c6fd2716f6f`],
  [
    '1 foo.example.com. ( ipv6hint="2001:db8::1,2001:db8::53:1" )',
    `0001${FOO_COM}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
  ],
  [
    '1 example.com. ( ipv6hint="2001:db8:122:344::192.0.2.33" )',
    `0001${EXAMPLE_COM}0006001020010db80122034400000000c0000221`,
  ],
  [
    '16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1 )',
    `0010${FOO_ORG}0000000400010004000100090268320568332d313900040004c0000201`,
  ],
  ['16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"', `0010${FOO_ORG}0001000c08665c6f6f2c626172026832`],
  ['16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2', `0010${FOO_ORG}0001000c08665c6f6f2c626172026832`],
]

test('D.1, D.2: presentation to wire, and back to text that means the same', () => {
  for (const [text, hex] of good) {
    for (const type of [RecordType.SVCB, RecordType.HTTPS]) {
      const rdata = parseRdata(type, text)
      assert.equal(Buffer.from(rdata).toString('hex'), hex, text)
      assert.equal(checkRdata(type, rdata), undefined, text)
      assert.deepEqual(parseRdata(type, formatRdata(type, rdata)), rdata, text)
    }
  }
})

test('D.3: failure cases', () => {
  const bad = [
    '1 foo.example.com. ( key123=abc key123=def )',
    '1 foo.example.com. mandatory',
    '1 foo.example.com. alpn',
    '1 foo.example.com. port',
    '1 foo.example.com. ipv4hint',
    '1 foo.example.com. ipv6hint',
    '1 foo.example.com. no-default-alpn=abc',
    '1 foo.example.com. mandatory=key123',
    '1 foo.example.com. mandatory=mandatory',
    '1 foo.example.com. ( mandatory=key123,key123 key123=abc )',
  ]
  for (const text of bad) assert.throws(() => parseRdata(RecordType.SVCB, text), { code: 'rdata-syntax' }, text)
})

test('2.2: on the wire parameters must strictly rise and fit their keys', () => {
  const check = (hex: string) => checkRdata(RecordType.HTTPS, Uint8Array.from(Buffer.from(`000100${hex}`, 'hex')))
  const cases: [string, string | undefined][] = [
    ['', undefined],
    ['000300021f90', undefined],
    ['000300021f9000010003026832', 'rdata-order'],
    ['000300021f90000300021f90', 'rdata-order'],
    ['0003000150', 'rdata-parameter'],
    ['00030002', 'rdata-truncated'],
    ['0003', 'rdata-truncated'],
    ['00010000', 'rdata-parameter'],
    ['0001000100', 'rdata-parameter'],
    ['000100020568', 'rdata-parameter'],
    ['00010003056832', 'rdata-parameter'],
    ['0001000302683200', 'rdata-truncated'],
    ['00020000', 'rdata-parameter'],
    ['0001000302683200020000', undefined],
    ['00040003c00002', 'rdata-parameter'],
    ['00060004c0000201', 'rdata-parameter'],
    ['00000002000300030002' + '0050', undefined],
    ['0000000200030001000302' + '6832', 'rdata-parameter'],
    ['0000000200000003' + '00020050', 'rdata-parameter'],
    ['ffff000161', 'rdata-parameter'],
    ['fffe000161', undefined],
    ['00050000', 'rdata-parameter'],
    ['000700102f646e732d71756572797b3f646e737d', undefined],
    ['00070003646e73', 'rdata-parameter'],
  ]
  for (const [hex, code] of cases) assert.equal(check(hex), code, hex)
})

test('2.4.2: an alias has no parameters', () => {
  assert.equal(checkRdata(RecordType.SVCB, Uint8Array.from([0, 0, 0, 0, 3, 0, 2, 0, 53])), 'rdata-parameter')
  assert.equal(checkRdata(RecordType.SVCB, Uint8Array.from([0, 0, 0])), undefined)
})
