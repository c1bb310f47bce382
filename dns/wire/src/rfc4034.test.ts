import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  bitmapTypes,
  compareNames,
  formatName,
  formatRdata,
  parseAbsoluteName,
  parseRdata,
  RecordType,
  typeBitmap,
} from './index.ts'

test('6.1: the example of canonical order', () => {
  const sorted = [
    'example.',
    'a.example.',
    'yljkjljk.a.example.',
    'Z.a.example.',
    'zABC.a.EXAMPLE.',
    'z.example.',
    '\\001.z.example.',
    '*.z.example.',
    '\\200.z.example.',
  ]
  const shuffled = [...sorted].reverse().map(parseAbsoluteName)
  assert.deepEqual(shuffled.sort(compareNames).map(formatName), sorted)
})

test('4.3: the NSEC record of the example', () => {
  const text = 'host.example.com. A MX RRSIG NSEC TYPE1234'
  const rdata = parseRdata(RecordType.NSEC, text)
  const expected = `04686f7374076578616d706c6503636f6d000006400100000003041b${'00'.repeat(26)}20`
  assert.equal(Buffer.from(rdata).toString('hex'), expected)
  assert.equal(formatRdata(RecordType.NSEC, rdata), text)
})

test('4.1.2: bitmaps list types by window, without empty windows or zero bytes at the end', () => {
  const types = [1, 15, 46, 47, 256, 257, 1234, 65_535]
  assert.deepEqual(bitmapTypes(typeBitmap(types)), types)
  assert.deepEqual(typeBitmap([]), new Uint8Array())
})

test('3.3, 2.3, 5.4: RRSIG, DNSKEY and DS in text', () => {
  const texts: [number, string][] = [
    [
      RecordType.RRSIG,
      'A 5 3 86400 20030322173103 20030220173103 2642 example.com. oJB1W6WNGv+ldvQ3WDG0MQkg5IEhjRip8WTrPYGv07h108dUKGMeDPKijVCHX3DDKdfb+v6oB9wfuh3DTJXUAfI/M0zmO/zz8bW0Rznl8O3tGNazPwQKkRN20XPXV6nwwfoXmJQbsLNrLfkGJ5D6fwFm8nN+6pBzeDQfsS3Ap3o=',
    ],
    [
      RecordType.DNSKEY,
      '256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3Cbl+BBZH4b/0PY1kxkmvHjcZc8nokfzj31GajIQKY+5CptLr3buXA10hWqTkF7H6RfoRqXQeogmMHfpftf6zMv1LyBUgia7za6ZEzOJBOztyvhjL742iU/TpPSEDhm2SNKLijfUppn1UaNvv4w==',
    ],
    [RecordType.DS, '60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118'],
  ]
  for (const [type, text] of texts) assert.equal(formatRdata(type, parseRdata(type, text)), text)
})
