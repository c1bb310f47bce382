import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkRdata, formatRdata, parseRdata, RecordType } from './index.ts'

const { LOC } = RecordType

test('2: the fields on the wire', () => {
  const rdata = parseRdata(LOC, '42 21 54 N 71 06 18 W -24m 30m')
  assert.equal(Buffer.from(rdata).toString('hex'), '00331613' + '89172dd0' + '70be15f0' + '00988d20')
})

test('4: the examples as text', () => {
  for (const [text, canonical] of [
    ['42 21 54 N 71 06 18 W -24m 30m', '42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m'],
    ['42 21 43.952 N 71 5 6.344 W -24m 1m 200m', '42 21 43.952 N 71 5 6.344 W -24.00m 1.00m 200.00m 10.00m'],
    ['52 14 05 N 00 08 50 E 10m', '52 14 5.000 N 0 8 50.000 E 10.00m 1.00m 10000.00m 10.00m'],
    ['32 7 19 S 116 2 25 E 10m', '32 7 19.000 S 116 2 25.000 E 10.00m 1.00m 10000.00m 10.00m'],
    ['42 N 71 W 0', '42 0 0.000 N 71 0 0.000 W 0.00m 1.00m 10000.00m 10.00m'],
    ['90 N 180 W -100000 0m 90000000m 0.05', '90 0 0.000 N 180 0 0.000 W -100000.00m 0.00m 90000000.00m 0.05m'],
  ] as const) {
    assert.equal(formatRdata(LOC, parseRdata(LOC, text)), canonical)
    assert.deepEqual(parseRdata(LOC, canonical), parseRdata(LOC, text))
  }
})

test('text that is no place is refused', () => {
  for (const text of [
    '',
    '42 N',
    '42 N 71 W',
    '91 N 0 E 0',
    '90 0 0.001 N 0 E 0',
    '0 N 181 E 0',
    '42 60 N 0 E 0',
    '42 0 60 N 0 E 0',
    '42 0 0.0001 N 0 E 0',
    '42 0 0 0 N 0 E 0',
    '42 E 71 N 0',
    '42.5 N 71 W 0',
    '-42 N 71 W 0',
    '42 N 71 W -100001',
    '42 N 71 W 42849673',
    '42 N 71 W 0 -1m',
    '42 N 71 W 0 90000001m',
    '42 N 71 W 0 1 1 1 1',
    '42 N 71 W 1e3',
  ])
    assert.throws(() => parseRdata(LOC, text), { code: 'rdata-syntax' }, text)
})

test('2: another version, and sizes that are no two digits, are refused', () => {
  const good = parseRdata(LOC, '42 N 71 W 0')
  for (const [offset, byte] of [
    [0, 1],
    [1, 0xa1],
    [2, 0x1a],
    [3, 0x01],
    [4, 0xff],
    [8, 0x00],
  ] as const)
    assert.equal(checkRdata(LOC, good.with(offset, byte)), 'rdata-value')
  assert.equal(checkRdata(LOC, good.subarray(1)), 'rdata-truncated')
})

test('each well-formed place survives text', () => {
  const precision = fc.tuple(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 0, max: 9 }))
  const place = fc.tuple(
    fc.tuple(precision, precision, precision),
    fc.integer({ min: -324_000_000, max: 324_000_000 }),
    fc.integer({ min: -648_000_000, max: 648_000_000 }),
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  )
  fc.assert(
    fc.property(place, ([sizes, latitude, longitude, altitude]) => {
      const rdata = new Uint8Array(16)
      rdata.set(
        sizes.map(([mantissa, power]) => (mantissa << 4) | power),
        1,
      )
      const view = new DataView(rdata.buffer)
      view.setUint32(4, 2 ** 31 + latitude)
      view.setUint32(8, 2 ** 31 + longitude)
      view.setUint32(12, altitude)
      assert.equal(checkRdata(LOC, rdata), undefined)
      assert.deepEqual(parseRdata(LOC, formatRdata(LOC, rdata)), rdata)
    }),
  )
})
