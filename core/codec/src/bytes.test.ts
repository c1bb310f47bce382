import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as codec from './index.ts'

const { CodecError } = codec
const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Uint8Array.from(bytes))

describe('bytes', () => {
  it('compare as Buffer does', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, (a, b) => {
        assert.equal(Math.sign(codec.compareBytes(a, b)), Buffer.compare(a, b))
        assert.equal(codec.equalBytes(a, b), Buffer.compare(a, b) === 0)
      }),
    )
  })

  it('join', () => {
    fc.assert(
      fc.property(fc.array(anyBytes), (parts) => {
        assert.deepEqual(codec.concatBytes(...parts), new Uint8Array(Buffer.concat(parts)))
      }),
    )
  })

  it('read and write integers, most significant byte first', () => {
    assert.equal(codec.readUint32(Uint8Array.of(9, 0xff, 1, 2, 3), 1), 0xff010203)
    assert.throws(() => codec.readUint32(new Uint8Array(4), 1), CodecError)
    assert.throws(() => codec.readUint32(new Uint8Array(4), -1), CodecError)
    assert.deepEqual(codec.uint32ToBytes(0xff010203), Uint8Array.of(0xff, 1, 2, 3))
    assert.throws(() => codec.uint32ToBytes(2 ** 32), CodecError)
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        assert.equal(codec.readUint64(codec.uint64ToBytes(value)), value)
      }),
    )
    assert.deepEqual(codec.uint64ToBytes(258), Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 2))
    for (const value of [-1n, 2n ** 64n, -1, 1.5, 2 ** 53]) assert.throws(() => codec.uint64ToBytes(value), CodecError)
  })

  it('have one hex and one base64url spelling', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        assert.equal(codec.toHex(bytes), Buffer.from(bytes).toString('hex'))
        assert.deepEqual(codec.fromHex(codec.toHex(bytes)), bytes)
        assert.equal(codec.toBase64Url(bytes), Buffer.from(bytes).toString('base64url'))
        assert.deepEqual(codec.fromBase64Url(codec.toBase64Url(bytes)), bytes)
      }),
    )
    for (const hex of ['0', 'AA', '0x', 'g0', ' 00', '0é']) assert.throws(() => codec.fromHex(hex), CodecError, hex)
    assert.throws(() => codec.fromHex('0011', { bytes: 1 }), CodecError)
    assert.throws(() => codec.fromHex('0011', { bytes: 3 }), CodecError)
    for (const text of ['A', 'AA==', 'AB', 'AAB', 'A+A', 'A/A', 'A A', 'AA\n']) {
      assert.throws(() => codec.fromBase64Url(text), CodecError, text)
    }
  })

  it('are text only when they are UTF-8', () => {
    assert.deepEqual(codec.utf8('ü\ufeff'), Uint8Array.of(0xc3, 0xbc, 0xef, 0xbb, 0xbf))
    assert.equal(codec.fromUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa')
    assert.throws(() => codec.utf8('\udc00'), CodecError)
    assert.throws(() => codec.fromUtf8(Uint8Array.of(0xff)), CodecError)
  })

  it('lower ASCII letters and nothing else', () => {
    assert.equal(codec.asciiLowerCase('AZaz@[`{Àİ\u212a09'), 'azaz@[`{Àİ\u212a09')
  })
})

describe('ByteMap and ByteSet', () => {
  it('behave as a map of hex does', () => {
    const key = fc.uint8Array({ maxLength: 2, max: 3 }).map((bytes) => Uint8Array.from(bytes))
    const step = fc.tuple(fc.constantFrom('set', 'delete'), key, fc.nat())
    fc.assert(
      fc.property(fc.array(step), (steps) => {
        const map = new codec.ByteMap<number>()
        const set = new codec.ByteSet()
        const model = new Map<string, number>()
        for (const [action, bytes, value] of steps) {
          const hex = codec.toHex(bytes)
          if (action === 'set') {
            map.set(bytes, value)
            set.add(bytes)
            model.set(hex, value)
          } else {
            assert.equal(map.delete(bytes), model.delete(hex))
            set.delete(bytes)
          }
          assert.equal(map.get(bytes), model.get(hex))
          assert.equal(map.has(bytes), set.has(bytes))
        }
        assert.equal(map.size, model.size)
        assert.deepEqual(
          [...map].map(([bytes, value]) => [codec.toHex(bytes), value]),
          [...model],
        )
        const sorted = [...model].sort(([a], [b]) => Buffer.compare(Buffer.from(a, 'hex'), Buffer.from(b, 'hex')))
        assert.deepEqual(
          map.sortedEntries().map(([bytes, value]) => [codec.toHex(bytes), value]),
          sorted,
        )
        assert.deepEqual(
          set.sorted().map(codec.toHex),
          sorted.map(([hex]) => hex),
        )
        assert.deepEqual([...map.keys()].map(codec.toHex), [...model.keys()])
        assert.deepEqual([...map.values()], [...model.values()])
      }),
    )
  })

  it('keep keys when the caller reuses the bytes', () => {
    const bytes = Uint8Array.of(1)
    const map = new codec.ByteMap([[bytes, 'one']])
    bytes[0] = 2
    assert.deepEqual([...map.keys()], [Uint8Array.of(1)])
    assert.equal(map.get(bytes), undefined)
  })
})

describe('toJson', () => {
  it('writes bytes as hex, bigints as decimal text, and leaves absent fields out', () => {
    const value = {
      hash: Uint8Array.of(1, 255),
      fee: 2n ** 60n,
      at: 17,
      ok: true,
      none: undefined,
      list: [1n, null, { a: 'b' }],
    }
    assert.equal(
      JSON.stringify(codec.toJson(value)),
      '{"hash":"01ff","fee":"1152921504606846976","at":17,"ok":true,"list":["1",null,{"a":"b"}]}',
    )
  })

  it('refuses what has no exact form', () => {
    for (const value of [1.5, Number.NaN, 2 ** 53, () => 1, new Map(), Symbol('a'), new Date(0)]) {
      assert.throws(() => codec.toJson({ value }), CodecError)
    }
  })
})
