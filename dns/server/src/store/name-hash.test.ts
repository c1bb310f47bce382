import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NameHash } from './name-hash.ts'

test('known outputs of HalfSipHash-1-3: key bytes 0 to 7, message bytes 0 to n', () => {
  const known = [
    0x5814c896, 0xe7e864ca, 0xbc4b0e30, 0x01539939, 0x7e059ea6, 0x88e3d89b, 0xa0080b65, 0x9d38d9d6, 0x577999b1,
  ]
  const hash = new NameHash([0x03020100, 0x07060504])
  const message = Uint8Array.from({ length: known.length }, (_, index) => index)
  assert.deepEqual(
    known.map((_, length) => hash.hash(message, 0, length)),
    known,
  )
})

test('known outputs of HalfSipHash-1-3 with 64 bits, from a program that with more rounds gives the vectors of its authors', () => {
  const hash = new NameHash([0x03020100, 0x07060504], { isWide: true })
  const message = Uint8Array.from({ length: 10 }, (_, index) => index)
  for (const [length, digest] of [
    '76a5d0212320f72a',
    '87e8748d6fd33397',
    '78ee1fe15d3cd732',
    '3e5239a36bde6c3e',
    'eb24dba0718cae05',
    '83e7464ecbc3bde6',
    'af65e0c64df5d602',
    '3c052d0ab24cf18f',
    '3dcda8311dec7a5f',
    'bd615fbfc1433bf6',
  ].entries()) {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32LE(hash.hash(message, 0, length), 0)
    bytes.writeInt32LE(hash.high, 4)
    assert.equal(bytes.toString('hex'), digest, `${length} bytes`)
  }
})

test('the hash depends on every byte, the length and the key', () => {
  const base = new Uint8Array(13).fill(0x61)
  const hash = new NameHash([1, 2])
  const reference = hash.hash(base, 0, base.length)
  for (let index = 0; index < base.length; index++) {
    const changed = base.slice()
    changed[index] = 0x62
    assert.notEqual(hash.hash(changed, 0, changed.length), reference, `byte ${index}`)
  }
  const lengths = new Set(Array.from({ length: 14 }, (_, end) => hash.hash(base, 0, end)))
  assert.equal(lengths.size, 14)
  assert.notEqual(new NameHash([1, 3]).hash(base, 0, base.length), reference)
  assert.equal(hash.hash(Uint8Array.of(0, ...base, 0), 1, 14), reference)
})

test('similar names spread over the slots of a table', () => {
  const hash = new NameHash([0x9e3779b9, 0x243f6a88])
  const slots = new Uint32Array(1024)
  for (let index = 0; index < 10_240; index++) {
    const text = Buffer.from(`\x08host${String(index).padStart(5, '0')}\x04shop\x04acme\x00`, 'latin1')
    const slot = hash.hash(text, 0, text.length) & 1023
    slots[slot] = (slots[slot] as number) + 1
  }
  // Ten a slot on average; a Poisson tail passes 30 about once in 10^7 slots.
  assert(Math.max(...slots) < 30, `fullest slot ${Math.max(...slots)}`)
  assert(slots.filter((count) => count === 0).length < 5)
})
