import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { concatBytes, fromHex } from '@cresset/core-codec'
import fc from 'fast-check'
import { DerError, type DerErrorCode } from './der-error.ts'
import { type DerReader, derLimits, readWhole } from './der-reader.ts'
import {
  bitString,
  boolean,
  element,
  explicit,
  objectIdentifier,
  octetString,
  sequence,
  setOf,
  smallInteger,
  unsignedInteger,
} from './der-writer.ts'

type Read = (reader: DerReader) => unknown

function refuses(hex: string, read: Read, code: DerErrorCode): void {
  const attempt = (): unknown => readWhole(fromHex(hex.replaceAll(' ', '')), 1000, read)
  assert.throws(attempt, (error) => error instanceof DerError && error.code === code, `${hex}: ${code}`)
}

function reads<T>(hex: string, read: (reader: DerReader) => T): T {
  return readWhole(fromHex(hex.replaceAll(' ', '')), 1000, read)
}

const any: Read = (reader) => reader.checkedAny()

describe('DER lengths and tags (X.690 8.1, 10.1)', () => {
  it('refuses indefinite, reserved and non-minimal lengths', () => {
    refuses('30 80 00 00', any, 'der-length')
    refuses('04 81 01 00', any, 'der-length')
    refuses(`04 81 7f ${'00'.repeat(127)}`, any, 'der-length')
    refuses(`04 82 00 80 ${'00'.repeat(128)}`, any, 'der-length')
    refuses('04 ff 01', any, 'der-length')
    refuses('04 85 00 00 00 00 01 00', any, 'der-length')
    assert.equal(reads(`04 81 80 ${'00'.repeat(128)}`, (reader) => reader.octetString()).length, 128)
    assert.equal(reads(`04 82 01 00 ${'00'.repeat(256)}`, (reader) => reader.octetString()).length, 256)
  })

  it('refuses what is cut off, at each byte', () => {
    const whole = sequence(smallInteger(5), octetString(new Uint8Array(200)))
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => readWhole(whole.subarray(0, length), 1000, any), DerError)
    }
    refuses('', any, 'der-truncated')
    refuses('04', any, 'der-truncated')
    refuses('04 82 01', any, 'der-truncated')
    refuses('04 84 ff ff ff ff', any, 'der-truncated')
  })

  it('refuses what follows the end, outside and inside', () => {
    refuses('05 00 00', any, 'der-trailing')
    refuses(
      '30 05 02 01 01 05 00',
      (reader) => {
        const inner = reader.sequence()
        inner.integer()
        inner.end()
      },
      'der-trailing',
    )
  })

  it('refuses long tag numbers, end of contents and wrong construction', () => {
    refuses('1f 81 01 00', any, 'der-tag')
    refuses('bf 1f 00', any, 'der-tag')
    refuses('00 00', any, 'der-tag')
    refuses('24 03 04 01 00', any, 'der-tag')
    refuses('10 00', any, 'der-tag')
    refuses('11 00', any, 'der-tag')
    refuses('23 00', (reader) => reader.bitString(), 'der-tag')
    refuses('04 00', (reader) => reader.sequence(), 'der-tag')
  })

  it('bounds bytes and depth', () => {
    assert.throws(
      () => readWhole(new Uint8Array(11), 10, any),
      (error) => (error as DerError).code === 'der-too-long',
    )
    let nested = new Uint8Array()
    for (let depth = 0; depth < derLimits.depth; depth++) nested = Uint8Array.from(sequence(nested))
    assert.doesNotThrow(() => readWhole(nested, 1000, any))
    const deeper = sequence(sequence(nested))
    assert.throws(
      () => readWhole(deeper, 1000, any),
      (error) => (error as DerError).code === 'der-too-deep',
    )
    let deepest = new Uint8Array()
    for (let depth = 0; depth < 5000; depth++) deepest = Uint8Array.from(sequence(deepest))
    assert.throws(
      () => readWhole(deepest, 100_000, any),
      (error) => (error as DerError).code === 'der-too-deep',
    )
  })
})

describe('DER primitives (X.690 8.2 to 8.19, 11)', () => {
  it('has one form of INTEGER', () => {
    const integer: Read = (reader) => reader.integer()
    refuses('02 00', integer, 'der-integer')
    refuses('02 02 00 7f', integer, 'der-integer')
    refuses('02 02 ff 80', integer, 'der-integer')
    assert.deepEqual(
      reads('02 02 00 80', (reader) => reader.integer()),
      Uint8Array.of(0, 0x80),
    )
    assert.deepEqual(
      reads('02 02 ff 7f', (reader) => reader.integer()),
      Uint8Array.of(0xff, 0x7f),
    )
  })

  it('reads small integers within their bound only', () => {
    const upTo = (max: number) => (reader: DerReader) => reader.smallInteger(max)
    assert.equal(reads('02 01 00', upTo(0)), 0)
    assert.equal(reads('02 02 00 ff', upTo(255)), 255)
    assert.equal(reads('02 04 7f ff ff ff', upTo(0x7fffffff)), 0x7fffffff)
    refuses('02 01 02', upTo(1), 'der-integer')
    refuses('02 01 ff', upTo(255), 'der-integer')
    refuses('02 05 00 ff ff ff ff', upTo(0x7fffffff), 'der-integer')
  })

  it('has two BOOLEANs, and leaves out the default', () => {
    assert.equal(
      reads('01 01 ff', (reader) => reader.boolean()),
      true,
    )
    assert.equal(
      reads('01 01 00', (reader) => reader.boolean()),
      false,
    )
    for (const wrong of ['01 00', '01 01 01', '01 01 fe', '01 02 ff ff']) {
      refuses(wrong, (reader) => reader.boolean(), 'der-boolean')
    }
    refuses('01 01 00', (reader) => reader.booleanDefaultFalse(), 'der-default')
    assert.equal(
      reads('', (reader) => reader.booleanDefaultFalse()),
      false,
    )
  })

  it('has one form of BIT STRING', () => {
    const bits: Read = (reader) => reader.bitString()
    refuses('03 00', bits, 'der-bit-string')
    refuses('03 01 01', bits, 'der-bit-string')
    refuses('03 02 08 00', bits, 'der-bit-string')
    refuses('03 02 01 01', bits, 'der-bit-string')
    refuses('03 02 07 c0', bits, 'der-bit-string')
    assert.deepEqual(
      reads('03 01 00', (reader) => reader.bitString()),
      { unusedBits: 0, bytes: new Uint8Array() },
    )
    assert.deepEqual(
      reads('03 02 07 80', (reader) => reader.bitString()),
      { unusedBits: 7, bytes: Uint8Array.of(0x80) },
    )
  })

  it('has one form of OBJECT IDENTIFIER', () => {
    const identifier: Read = (reader) => reader.objectIdentifier()
    refuses('06 00', identifier, 'der-object-identifier')
    refuses('06 02 2a 86', identifier, 'der-object-identifier')
    refuses('06 03 2a 80 01', identifier, 'der-object-identifier')
    refuses('06 02 80 01', identifier, 'der-object-identifier')
    refuses(`06 41 ${'01'.repeat(65)}`, identifier, 'der-object-identifier')
    const known: [string, string][] = [
      ['06 03 2b 65 70', '1.3.101.112'],
      ['06 08 2a 86 48 ce 3d 03 01 07', '1.2.840.10045.3.1.7'],
      ['06 01 00', '0.0'],
      ['06 01 27', '0.39'],
      ['06 01 28', '1.0'],
      ['06 01 50', '2.0'],
      ['06 03 88 37 03', '2.999.3'],
    ]
    for (const [hex, dotted] of known) {
      assert.equal(
        reads(hex, (reader) => reader.objectIdentifier()),
        dotted,
      )
      assert.deepEqual(objectIdentifier(dotted), fromHex(hex.replaceAll(' ', '')))
    }
  })

  it('orders SET OF, and takes no element twice', () => {
    const set = (reader: DerReader) => reader.setOf()
    assert.equal(reads('31 06 02 01 01 02 01 02', set).length, 2)
    refuses('31 06 02 01 02 02 01 01', set, 'der-set-order')
    refuses('31 06 02 01 01 02 01 01', set, 'der-set-order')
    refuses('31 06 02 01 02 02 01 01', any, 'der-set-order')
    assert.deepEqual(setOf(smallInteger(2), smallInteger(1)), fromHex('3106020101020102'))
  })

  it('has an empty NULL', () => {
    refuses('05 01 00', (reader) => reader.null(), 'der-null')
    refuses('05 01 00', any, 'der-null')
  })

  it('judges the characters of strings', () => {
    refuses('0c 01 ff', any, 'der-string')
    refuses('0c 03 ed a0 80', any, 'der-string')
    refuses('13 01 40', any, 'der-string')
    refuses('13 01 2a', any, 'der-string')
    refuses('16 01 80', any, 'der-string')
    assert.doesNotThrow(() => reads('0c 02 c3 a9', any))
    assert.doesNotThrow(() => reads('13 03 41 20 3f', any))
  })

  it('checks deep inside what it does not know', () => {
    refuses('30 04 30 02 05 01', any, 'der-truncated')
    refuses('a0 04 02 02 00 01', any, 'der-integer')
    refuses('30 03 01 01 01', any, 'der-boolean')
    assert.doesNotThrow(() => reads('80 02 ff ff', any))
  })
})

describe('DER writer', () => {
  it('writes what the reader takes, for any tree', () => {
    const leaf = fc.oneof(
      fc.uint8Array({ maxLength: 40 }).map(unsignedInteger),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => octetString(bytes)),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => bitString(bytes)),
      fc.boolean().map(boolean),
      fc.nat().map(smallInteger),
      fc
        .array(fc.bigInt({ min: 0n, max: 2n ** 70n }), { maxLength: 4 })
        .map((arcs) => objectIdentifier(['2', '5', ...arcs].join('.'))),
    )
    const { tree } = fc.letrec<{ tree: Uint8Array }>((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie('tree'), { maxLength: 4 }).map((parts) => sequence(...parts)),
        fc.array(tie('tree'), { maxLength: 3 }).map((parts) => explicit(3, ...parts)),
      ),
    }))
    fc.assert(
      fc.property(tree, (der) => {
        const read = readWhole(der, 1_000_000, (reader) => reader.checkedAny())
        assert.deepEqual(read.encoding, der)
      }),
    )
  })

  it('writes numbers minimally', () => {
    assert.deepEqual(unsignedInteger(new Uint8Array()), fromHex('020100'))
    assert.deepEqual(unsignedInteger(fromHex('0000')), fromHex('020100'))
    assert.deepEqual(unsignedInteger(fromHex('0080')), fromHex('02020080'))
    assert.deepEqual(smallInteger(0x1_00), fromHex('02020100'))
    fc.assert(
      fc.property(fc.nat({ max: 0x7fffffff }), (value) => {
        assert.equal(
          readWhole(smallInteger(value), 10, (reader) => reader.smallInteger(0x7fffffff)),
          value,
        )
      }),
    )
  })

  it('refuses object identifiers that are none', () => {
    for (const wrong of ['1', '3.1', '1.40', '0.99']) assert.throws(() => objectIdentifier(wrong), RangeError)
  })
})

describe('hostile bytes', () => {
  it('end in a DerError or a value, never in another exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          const read = readWhole(bytes, 150, (reader) => reader.checkedAny())
          assert.deepEqual(element(read.tag, read.content), Uint8Array.from(bytes))
        } catch (error) {
          assert(error instanceof DerError, String(error))
        }
      }),
      { numRuns: 2_000 },
    )
  })

  it('have one encoding each: no length can be written otherwise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 4 }), (content, extra) => {
        const plain = octetString(content)
        const lengthBytes = Array.from(
          { length: extra + 2 },
          (_, index) => (content.length >> (8 * (extra + 1 - index))) & 0xff,
        )
        const padded = concatBytes(Uint8Array.of(4, 0x80 | lengthBytes.length, ...lengthBytes), content)
        assert.throws(() => readWhole(padded, 1000, any), DerError)
        assert.doesNotThrow(() => readWhole(plain, 1000, any))
      }),
    )
  })
})
