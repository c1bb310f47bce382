import assert from 'node:assert/strict'
import { test } from 'node:test'
import { formatRdata, formatRecordType, namesInRdata, parseRdata, parseRecordType, RecordType } from './index.ts'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')

test('5: types by number', () => {
  assert.equal(parseRecordType('TYPE731'), 731)
  assert.equal(parseRecordType('type1'), RecordType.A)
  assert.equal(parseRecordType('aaaa'), RecordType.AAAA)
  assert.equal(formatRecordType(731), 'TYPE731')
  assert.equal(formatRecordType(257), 'CAA')
  for (const text of ['TYPE', 'TYPE65536', 'TYPE01', 'TYPE-1', 'NOSUCH', ''])
    assert.equal(parseRecordType(text), undefined, text)
})

test('5: the examples of generic RDATA', () => {
  assert.equal(hex(parseRdata(731, '\\# 6 abcd ( ef 01 23 45 )')), 'abcdef012345')
  assert.equal(hex(parseRdata(62_347, '\\# 0')), '')
  assert.equal(hex(parseRdata(RecordType.A, '\\# 4 0A000001')), '0a000001')
  assert.equal(formatRdata(731, parseRdata(731, '\\# 6 abcdef012345')), '\\# 6 abcdef012345')
  assert.equal(formatRdata(62_347, new Uint8Array()), '\\# 0')
})

test('5: generic text whose length is wrong, or that its type does not allow, is refused', () => {
  for (const [type, text] of [
    [731, '\\# 5 abcdef012345'],
    [731, '\\# 1 a'],
    [731, '\\# x'],
    [731, '\\#'],
    [RecordType.A, '\\# 3 0a0000'],
  ] as const) {
    assert.throws(() => parseRdata(type, text), { code: 'rdata-syntax' }, text)
  }
  assert.throws(() => parseRdata(731, 'abcd'), { code: 'type-unknown' })
})

test('RDATA that does not fit its type is written in the generic form', () => {
  assert.equal(formatRdata(RecordType.A, Uint8Array.of(1, 2, 3)), '\\# 3 010203')
  assert.equal(formatRdata(RecordType.MX, Uint8Array.of(0, 1, 0xc0, 12)), '\\# 4 0001c00c')
})

test('4: names are compressed in the types of RFC 1035 alone', () => {
  const compressible = Array.from({ length: 65_536 }, (_, type) => type).filter(
    (type) => namesInRdata(type)?.compressible,
  )
  const { NS, CNAME, SOA, PTR, MX } = RecordType
  assert.deepEqual(compressible, [NS, CNAME, SOA, PTR, MX])
})
