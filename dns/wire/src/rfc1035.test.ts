import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  childName,
  formatName,
  lowerCaseName,
  MAX_NAME_BYTES,
  MessageWriter,
  parseAbsoluteName,
  parseMessage,
  ROOT_NAME,
  readName,
} from './index.ts'

/** The example of section 4.1.4: F.ISI.ARPA at 20, FOO.F.ISI.ARPA at 40, ARPA at 64, the root at 92. */
function example(): Uint8Array {
  const message = new Uint8Array(93).fill(0xee)
  message.set(Buffer.from('\x01F\x03ISI\x04ARPA\x00', 'latin1'), 20)
  message.set(Buffer.from('\x03FOO\xc0\x14', 'latin1'), 40)
  message.set([0xc0, 26], 64)
  message[92] = 0
  return message
}

test('4.1.4: the example of compressed names', () => {
  const read = (offset: number): [string, number] => {
    const { name, end } = readName(example(), offset)
    return [formatName(name), end]
  }
  assert.deepEqual(read(20), ['F.ISI.ARPA.', 32])
  assert.deepEqual(read(40), ['FOO.F.ISI.ARPA.', 46])
  assert.deepEqual(read(64), ['ARPA.', 66])
  assert.deepEqual(read(92), ['.', 93])
})

test('4.1.4: pointers to themselves, forward, in a circle, or past the end are refused', () => {
  const refused: [string, number[], number][] = [
    ['pointer', [0xc0, 0x00], 0],
    ['pointer', [0xc0, 0x02, 0x00], 0],
    ['pointer', [1, 0x61, 0xc0, 0x00], 0],
    ['pointer', [1, 0x61, 0xc0, 0x04, 1, 0x62, 0xc0, 0x00], 4],
    ['pointer', [0xff, 0xff], 0],
    ['truncated', [0xc0], 0],
    ['truncated', [3, 0x61], 0],
    ['truncated', [1, 0x61], 0],
    ['truncated', [], 0],
    ['label-type', [0x40], 0],
    ['label-type', [0x80, 0], 0],
  ]
  for (const [code, bytes, offset] of refused) {
    assert.throws(() => readName(Uint8Array.from(bytes), offset), { code }, bytes.join(' '))
  }
})

test('4.1.4: a chain of pointers ends, and the name it gives has at most 255 bytes', () => {
  const pointers = new Uint8Array(20_000)
  // Offset 0 is the root; each further pair points at the one before.
  for (let offset = 2; offset < pointers.length; offset += 2) {
    const target = Math.max(0, offset - 2)
    pointers[offset] = 0xc0 | (target >> 8)
    pointers[offset + 1] = target & 255
    if (target > 0x3fff) break
  }
  assert.equal(readName(pointers, 16_000).name.length, 1)
  const labels = new Uint8Array(600)
  for (let offset = 3; offset < labels.length - 4; offset += 4)
    labels.set([1, 0x61, 0xc0 | ((offset - 4) >> 8), (offset - 4) & 255], offset)
  labels.set([1, 0x61, 0, 0], 3)
  assert.equal(readName(labels, 7).name.length, 5)
  assert.throws(() => readName(labels, 3 + 4 * 130), { code: 'name-too-long' })
  assert.equal(MAX_NAME_BYTES, 255)
})

test('names written with compression read back as they were', () => {
  const label = fc.constantFrom('a', 'bb', 'www', 'shop', 'acme').map((text) => Buffer.from(text))
  const name = fc
    .array(label, { maxLength: 5 })
    .map((labels) => labels.reduce<Uint8Array>((parent, own) => childName(own, parent) ?? parent, ROOT_NAME))
  fc.assert(
    fc.property(fc.array(name, { maxLength: 60 }), fc.integer({ min: 12, max: 400 }), (names, limit) => {
      const writer = new MessageWriter(new Uint8Array(512).fill(1))
      writer.reset(limit)
      const offsets: number[] = []
      for (const own of names) {
        const mark = writer.mark()
        if (writer.writeName(own)) offsets.push(mark.length)
        else {
          writer.rollback(mark)
          break
        }
      }
      assert(writer.length <= limit)
      for (const [index, offset] of offsets.entries())
        assert.deepEqual(readName(writer.bytes, offset).name, names[index])
    }),
  )
})

test('what a rolled back name left behind is never pointed to', () => {
  const writer = new MessageWriter(new Uint8Array(64))
  writer.reset(64)
  writer.writeName(parseAbsoluteName('acme'))
  const mark = writer.mark()
  writer.writeName(parseAbsoluteName('www.shop'))
  writer.rollback(mark)
  writer.writeName(parseAbsoluteName('x'))
  const offset = writer.length
  writer.writeName(parseAbsoluteName('www.shop'))
  assert.equal(formatName(readName(writer.bytes, offset).name), 'www.shop.')
})

test('a name that repeats its own tail is not pointed into itself', () => {
  const writer = new MessageWriter(Uint8Array.from(Buffer.from('\x01a\x01a\x00\x01a\x00'.repeat(8), 'latin1')))
  writer.reset(64)
  writer.writeName(parseAbsoluteName('a.a.a'))
  assert.equal(formatName(readName(writer.bytes, 0).name), 'a.a.a.')
})

test('compression ignores case, so that a name may come back in the case of the question', () => {
  const writer = new MessageWriter(new Uint8Array(64))
  writer.writeName(parseAbsoluteName('WwW.AcMe'))
  const offset = writer.length
  writer.writeName(parseAbsoluteName('www.acme'))
  assert.equal(writer.length - offset, 2)
  assert.equal(formatName(lowerCaseName(readName(writer.bytes, offset).name)), 'www.acme.')
})

test('4.1: hostile messages are refused by code and in bounded time', () => {
  const header = [0, 1, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0]
  const refused: [string, number[]][] = [
    ['truncated', header.slice(0, 11)],
    ['trailing-bytes', [...header, 0]],
    ['truncated', Object.assign([...header], { 4: 255, 5: 255 })],
    ['truncated', Object.assign([...header], { 6: 255, 7: 255 })],
    ['truncated', [...Object.assign([...header], { 7: 1 }), 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 5, 1]],
    ['truncated', [...Object.assign([...header], { 7: 1 }), 0, 0, 15, 0, 1, 0, 0, 0, 0, 0, 1, 1]],
    ['truncated', [...Object.assign([...header], { 7: 1 }), 0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0x61, 0]],
    ['edns', [...Object.assign([...header], { 7: 1 }), 0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 0]],
    [
      'edns',
      [...Object.assign([...header], { 11: 2 }), 0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 0],
    ],
    ['edns', [...Object.assign([...header], { 11: 1 }), 1, 0x61, 0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 0]],
    ['edns', [...Object.assign([...header], { 11: 1 }), 0, 0, 41, 2, 0, 0, 0, 0, 0, 0, 5, 0, 1, 0, 2, 7]],
  ]
  for (const [code, bytes] of refused)
    assert.throws(() => parseMessage(Uint8Array.from(bytes)), { code }, bytes.join(' '))
  assert.throws(() => parseMessage(new Uint8Array(65_536)), { code: 'message-too-long' })
})

test('any bytes parse or are refused with a code, and do not change', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      const before = bytes.slice()
      try {
        parseMessage(bytes)
      } catch (error) {
        assert.equal((error as Error).name, 'WireError')
      }
      assert.deepEqual(bytes, before)
    }),
    { numRuns: 2000 },
  )
})
