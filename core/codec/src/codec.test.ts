import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as target from './codec.fuzz.ts'
import * as codec from './index.ts'
import { sampleTransfers, transfer } from './testing/sample-codecs.ts'

const { CodecError, fromHex, toHex } = codec

function refuses(action: () => unknown, code: codec.CodecErrorCode, path?: string): void {
  assert.throws(action, (error) => {
    assert.ok(error instanceof CodecError, String(error))
    assert.equal(error.code, code, error.message)
    if (path !== undefined) assert.equal(error.path, path)
    return true
  })
}

const anyBytes = (minLength: number, maxLength: number) =>
  fc.uint8Array({ minLength, maxLength }).map((bytes) => Uint8Array.from(bytes))
const wellFormedText = fc.string({ unit: 'grapheme', maxLength: 10 }).filter((text) => codec.utf8(text).length <= 64)

// Decoded values are plain objects; fast-check also makes some without a prototype.
const record = <T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(model, { noNullPrototype: true })

const anyTransfer = record({
  chainId: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 64 }),
  signers: fc.array(anyBytes(33, 34), { minLength: 1, maxLength: 4 }),
  sequence: fc.maxSafeNat(),
  validUntil: fc.maxSafeNat(),
  fee: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  body: fc.oneof(
    record({
      kind: fc.constant('transfer' as const),
      body: record({
        to: anyBytes(32, 32),
        amount: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        memo: wellFormedText.filter((text) => !text.startsWith('\ufeff')),
      }),
    }),
    record({
      kind: fc.constant('publish' as const),
      body: record({
        host: fc.constantFrom('www', 'é', '日本', ''),
        servers: fc.array(
          record({
            addresses: fc.array(anyBytes(4, 16), { minLength: 1, maxLength: 4 }),
            weight: fc.integer({ min: 0, max: 0xffff }),
            certificate: fc.option(anyBytes(0, 300), { nil: undefined }),
          }),
          { maxLength: 3 },
        ),
      }),
    }),
    record({ kind: fc.constant('nothing' as const), body: fc.constant({}) }),
  ),
  signatures: fc.array(anyBytes(64, 64), { minLength: 1, maxLength: 4 }),
})

describe('codec', () => {
  it('gives every value back', () => {
    fc.assert(
      fc.property(anyTransfer, (value) => {
        const bytes = transfer.encode(value)
        assert.ok(bytes.length <= transfer.maxBytes)
        assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype)
        assert.deepEqual(transfer.decode(bytes), value)
      }),
    )
  })

  it('has one encoding a value: what still decodes after a mutation encodes to itself', () => {
    const mutation = fc.record({
      at: fc.nat(),
      byte: fc.integer({ min: 0, max: 255 }),
      kind: fc.constantFrom('set', 'insert', 'remove'),
    })
    fc.assert(
      fc.property(anyTransfer, fc.array(mutation, { minLength: 1, maxLength: 3 }), (value, mutations) => {
        let bytes = [...transfer.encode(value)]
        for (const { at, byte, kind } of mutations) {
          const index = at % bytes.length
          if (kind === 'set') bytes[index] = byte
          else bytes = bytes.toSpliced(index, kind === 'remove' ? 1 : 0, ...(kind === 'insert' ? [byte] : []))
        }
        target.run(Uint8Array.from(bytes))
      }),
      { numRuns: 2000 },
    )
  })

  it('throws nothing but CodecError on hostile bytes', () => {
    // Heads of items are likelier than noise to get deep into a decoder.
    const head = fc.constantFrom(
      0x00,
      0x17,
      0x18,
      0x19,
      0x1a,
      0x1b,
      0x40,
      0x58,
      0x60,
      0x78,
      0x80,
      0x81,
      0x82,
      0x88,
      0x9f,
      0xa0,
      0xc0,
      0xf4,
      0xf6,
      0xf7,
      0xfb,
      0xff,
    )
    const hostile = fc.array(fc.oneof(head, fc.integer({ min: 0, max: 255 })), { maxLength: 200 })
    fc.assert(
      fc.property(hostile, (bytes) => target.run(Uint8Array.from(bytes))),
      { numRuns: 5000 },
    )
  })

  it('reads no deeper and allocates no more than the declaration, whatever the input announces', () => {
    const wide = codec.list(codec.list(codec.uint8, { maxItems: 1 }), { maxItems: 1_000_000, maxBytes: 2 ** 21 })
    const deep = new Uint8Array(2 ** 20).fill(0x81)
    refuses(() => wide.decode(deep), 'wrong-type')
    const announced = codec.list(codec.bytes({ maxBytes: 2 ** 31 }), { maxItems: 2 ** 32, maxBytes: 2 ** 20 })
    for (const hex of [
      '9affffffff',
      '9bffffffffffffffff',
      '815affffffff',
      '815bffffffffffffffff',
      '817b00000000ffffffff',
    ]) {
      assert.throws(() => announced.decode(fromHex(hex)), CodecError)
    }
  })

  it('gives decoded bytes a memory of their own', () => {
    const bytes = Buffer.from(codec.hash32.encode(new Uint8Array(32)))
    const value = codec.hash32.decode(bytes)
    bytes.fill(1)
    assert.deepEqual(value, new Uint8Array(32))
    assert.equal(value.buffer.byteLength, 32)
  })

  it('computes maxBytes so that the longest value just fits', () => {
    const pair = codec.struct({
      text: codec.asciiText({ maxBytes: 300 }),
      items: codec.list(codec.uint16, { maxItems: 24 }),
      big: codec.amount,
    })
    const longest = pair.encode({ text: 'x'.repeat(300), items: new Array(24).fill(0xffff), big: 2n ** 64n - 1n })
    assert.equal(longest.length, pair.maxBytes)
    refuses(() => pair.decode(new Uint8Array(pair.maxBytes + 1)), 'too-long')
  })

  it('encodes values beyond its scratch buffer', () => {
    const large = codec.list(codec.bytes({ maxBytes: 70_000 }), { maxItems: 3 })
    const value = [new Uint8Array(70_000).fill(1), new Uint8Array(16_384).fill(2), new Uint8Array(63).fill(3)]
    const bytes = large.encode(value)
    assert.equal(bytes.length, 1 + 5 + 70_000 + 3 + 16_384 + 2 + 63)
    assert.deepEqual(large.decode(bytes), value)
    const changed = Uint8Array.of(
      ...bytes.subarray(0, 1),
      0x5b,
      0,
      0,
      0,
      0,
      ...bytes.subarray(2, 6),
      ...bytes.subarray(6),
    )
    assert.throws(() => codec.list(codec.bytes({ maxBytes: 70_000 }), { maxItems: 3 }).decode(changed), CodecError)
  })
})

describe('RFC 8949 appendix A', () => {
  const integers: [bigint, string][] = [
    [0n, '00'],
    [1n, '01'],
    [10n, '0a'],
    [23n, '17'],
    [24n, '1818'],
    [25n, '1819'],
    [100n, '1864'],
    [1000n, '1903e8'],
    [1000000n, '1a000f4240'],
    [1000000000000n, '1b000000e8d4a51000'],
    [18446744073709551615n, '1bffffffffffffffff'],
  ]
  for (const [value, hex] of integers) {
    it(`integer ${value}`, () => {
      assert.equal(toHex(codec.amount.encode(value)), hex)
      assert.equal(codec.amount.decode(fromHex(hex)), value)
    })
  }

  it('byte strings, text, booleans, null and arrays', () => {
    const bytes = codec.bytes({ maxBytes: 10 })
    const text = codec.text({ maxBytes: 10 })
    const examples: [codec.Codec<unknown>, unknown, string][] = [
      [bytes, new Uint8Array(0), '40'],
      [bytes, Uint8Array.of(1, 2, 3, 4), '4401020304'],
      [text, '', '60'],
      [text, 'IETF', '6449455446'],
      [text, '"\\', '62225c'],
      [text, 'ü', '62c3bc'],
      [text, '水', '63e6b0b4'],
      [text, '𐅑', '64f0908591'],
      [codec.boolean, false, 'f4'],
      [codec.boolean, true, 'f5'],
      [codec.optional(codec.uint8), undefined, 'f6'],
      [codec.list(codec.uint8, { maxItems: 3 }), [1, 2, 3], '83010203'],
      [
        codec.list(codec.uint8, { maxItems: 25 }),
        Array.from({ length: 25 }, (_, index) => index + 1),
        '98190102030405060708090a0b0c0d0e0f101112131415161718181819',
      ],
    ] as [codec.Codec<unknown>, unknown, string][]
    for (const [type, value, hex] of examples) {
      assert.equal(toHex(type.encode(value)), hex)
      assert.deepEqual(type.decode(fromHex(hex)), value)
    }
  })

  it('section 4.2.1: longer forms of a number or length are refused', () => {
    const forms: [codec.Codec<unknown>, string[]][] = [
      [codec.uint53, ['1817', '190017', '1900ff', '1a0000ffff', '1b00000000ffffffff', '1b0000000000000000']],
      [codec.amount, ['1817', '1a00000001', '1b0000000000000001']],
      [codec.bytes({ maxBytes: 300 }), ['580100', '59000100', '5a0000000100', '5b000000000000000100']],
      [codec.text({ maxBytes: 300 }), ['780161', '79000161', '7a0000000161', '7b000000000000000161']],
      [codec.list(codec.uint8, { maxItems: 30 }), ['980100', '99000100', '9a0000000100', '9b000000000000000100']],
    ] as [codec.Codec<unknown>, string[]][]
    for (const [type, hexes] of forms) {
      for (const hex of hexes) {
        assert.throws(
          () => type.decode(fromHex(hex)),
          (error) => error instanceof CodecError && (error.code === 'malformed' || error.code === 'not-canonical'),
          hex,
        )
      }
    }
  })

  it('indefinite lengths, maps, tags, floats, negatives, undefined and simple values are refused', () => {
    const list = codec.list(codec.uint8, { maxItems: 3 })
    for (const hex of [
      '9f01ff',
      '9fff',
      '5f4101ff',
      '7f6161ff',
      'a0',
      'a10101',
      'c101',
      'f90000',
      'fb0000000000000000',
      '20',
      '3863',
      'f7',
      'e0',
      'f8ff',
      'ff',
      '1c',
      '5c',
      '9c',
      'fc',
    ]) {
      for (const type of [
        list,
        codec.uint8,
        codec.boolean,
        codec.optional(codec.uint8),
        codec.text({ maxBytes: 9 }),
      ] as codec.Codec<unknown>[]) {
        assert.throws(() => type.decode(fromHex(hex)), CodecError, hex)
      }
    }
  })
})

describe('declarations', () => {
  it('refuse with a code and the path to the place', () => {
    const value = sampleTransfers[0] as codec.Decoded<typeof transfer>
    refuses(() => transfer.encode({ ...value, sequence: -1 }), 'out-of-range', 'sequence')
    refuses(() => transfer.encode({ ...value, sequence: 1.5 }), 'out-of-range', 'sequence')
    refuses(() => transfer.encode({ ...value, sequence: 2 ** 53 }), 'out-of-range', 'sequence')
    refuses(() => transfer.encode({ ...value, fee: 5 as unknown as bigint }), 'wrong-type', 'fee')
    refuses(() => transfer.encode({ ...value, fee: 2n ** 64n }), 'out-of-range', 'fee')
    refuses(() => transfer.encode({ ...value, chainId: '' }), 'too-short', 'chainId')
    refuses(() => transfer.encode({ ...value, chainId: 'a\n' }), 'out-of-range', 'chainId')
    refuses(
      () => transfer.encode({ ...value, signers: [new Uint8Array(33), new Uint8Array(32)] }),
      'too-short',
      'signers[1]',
    )
    refuses(() => transfer.encode({ ...value, signers: [] }), 'too-short', 'signers')
    refuses(() => transfer.encode({ ...value, body: { kind: 'other' as 'nothing', body: {} } }), 'unknown-kind', 'body')
    const server = { addresses: [new Uint8Array(3)], weight: 1, certificate: undefined }
    refuses(
      () => transfer.encode({ ...value, body: { kind: 'publish', body: { host: 'a', servers: [server] } } }),
      'too-short',
      'body.publish.servers[0].addresses[0]',
    )
  })

  it('refuse another version before its shape', () => {
    const one = codec.versioned(1, { a: codec.uint8 })
    const two = codec.versioned(2, { a: codec.uint8, b: codec.uint8 })
    refuses(() => one.decode(two.encode({ a: 1, b: 2 })), 'unknown-version')
    refuses(() => one.decode(fromHex('80')), 'wrong-type')
    refuses(() => one.decode(fromHex('8101')), 'wrong-type')
    refuses(() => one.decode(fromHex('83010506')), 'wrong-type')
    refuses(() => one.decode(fromHex('82010500')), 'trailing')
    refuses(() => one.decode(fromHex('820118')), 'malformed')
    refuses(() => one.decode(fromHex('8201')), 'truncated', 'a')
    refuses(() => one.decode(new Uint8Array(0)), 'truncated')
  })

  it('hold a named byte limit wherever they stand', () => {
    const small = codec.list(codec.bytes({ maxBytes: 100 }), { maxItems: 100, maxBytes: 50 })
    const outer = codec.struct({ before: codec.uint8, small })
    assert.equal(small.maxBytes, 50)
    outer.decode(outer.encode({ before: 1, small: [new Uint8Array(47)] }))
    refuses(() => outer.encode({ before: 1, small: [new Uint8Array(48)] }), 'too-long', 'small')
    const loose = codec.struct({
      before: codec.uint8,
      small: codec.list(codec.bytes({ maxBytes: 100 }), { maxItems: 100 }),
    })
    refuses(() => outer.decode(loose.encode({ before: 1, small: [new Uint8Array(48)] })), 'too-long')
    const padded = codec.struct({ small, after: codec.bytes({ maxBytes: 1000 }) })
    const paddedLoose = codec.struct({
      small: codec.list(codec.bytes({ maxBytes: 100 }), { maxItems: 100 }),
      after: codec.bytes({ maxBytes: 1000 }),
    })
    const long = { small: [new Uint8Array(30), new Uint8Array(30)], after: new Uint8Array(900) }
    refuses(() => padded.decode(paddedLoose.encode(long)), 'too-long', 'small')
  })

  it('refuse text that is not well-formed UTF-8 or starts with a byte order mark', () => {
    const text = codec.text({ maxBytes: 20 })
    refuses(() => text.encode('a\ud800'), 'out-of-range')
    refuses(() => text.encode('\ufeffa'), 'out-of-range')
    // Overlong, surrogate, beyond U+10FFFF, cut short, stray continuation, byte order mark.
    for (const hex of ['62c080', '63eda080', '64f4908080', '62e6b0', '6180', '63efbbbf', '64efbbbf61', '61ff']) {
      assert.throws(() => text.decode(fromHex(hex)), CodecError, hex)
    }
    assert.equal(text.decode(fromHex('63efbfbd')), '\ufffd')
    refuses(() => codec.text({ maxBytes: 3 }).encode('𐅑'), 'too-long')
    refuses(() => codec.text({ maxBytes: 5 }).decode(fromHex('66e6b0b4e6b0b4')), 'too-long')
  })

  it('map values, and refuse what maps to nothing or from two encodings', () => {
    const even = codec.mapped(
      codec.uint8,
      (value) => {
        if (value % 2) throw new Error('odd')
        return value / 2
      },
      (half) => half * 2,
    )
    assert.equal(even.decode(even.encode(4)), 4)
    refuses(() => even.decode(fromHex('03')), 'out-of-range')
    const careless = codec.mapped(
      codec.uint8,
      (value) => value >> 1,
      (half) => half << 1,
    )
    refuses(() => careless.decode(fromHex('03')), 'not-canonical')
  })

  it('are checked when they are made', () => {
    assert.throws(() => codec.uint(2 ** 53), RangeError)
    assert.throws(() => codec.bigUint(2n ** 64n), RangeError)
    assert.throws(() => codec.struct({ 1: codec.uint8, a: codec.uint8 }), RangeError)
    assert.throws(() => codec.variant({ a: [1, codec.uint8], b: [1, codec.uint8] }), RangeError)
  })

  it('accept one literal only', () => {
    const seven = codec.literal(7)
    assert.equal(seven.decode(seven.encode(7)), 7)
    refuses(() => seven.decode(fromHex('08')), 'out-of-range')
    refuses(() => seven.encode(8), 'out-of-range')
  })
})
