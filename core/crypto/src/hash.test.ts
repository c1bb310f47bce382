import assert from 'node:assert/strict'
import { hkdfSync } from 'node:crypto'
import { describe, it } from 'node:test'
import { CodecError, encodeItem, fromHex, toHex, utf8 } from '@cresset/core-codec'
import fc from 'fast-check'
import {
  accountOf,
  equalConstantTime,
  hkdfSha256,
  hmacSha256,
  sha256,
  sha256Into,
  signingBytes,
  taggedHash,
} from './index.ts'

const anyBytes = fc.uint8Array({ maxLength: 300 }).map((value) => Uint8Array.from(value))
const anyTag = fc.string({ unit: 'grapheme-ascii', maxLength: 80 })

describe('SHA-256', () => {
  it('FIPS 180-4 examples', () => {
    assert.equal(toHex(sha256()), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    assert.equal(toHex(sha256(utf8('abc'))), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    assert.equal(toHex(sha256(utf8('a'), utf8(''), utf8('bc'))), toHex(sha256(utf8('abc'))))
  })

  it('gives each caller bytes of its own', () => {
    const first = sha256(utf8('1'))
    const copy = Uint8Array.from(first)
    sha256(utf8('2'))
    assert.deepEqual(first, copy)
    const output = new Uint8Array(40)
    sha256Into(output, 8, utf8('1'))
    assert.deepEqual(output.subarray(8), copy)
    assert.throws(() => sha256Into(output, 9, utf8('1')), RangeError)
    assert.deepEqual(accountOf(utf8('1')), copy)
  })
})

describe('tagged hashes and signing bytes', () => {
  it('are the deterministic CBOR array of their parts', () => {
    fc.assert(
      fc.property(anyTag, fc.array(anyBytes, { maxLength: 30 }), (tag, parts) => {
        assert.deepEqual(taggedHash(tag, ...parts), sha256(encodeItem([tag, ...parts])))
      }),
    )
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z-]{1,20}$/), anyTag, anyBytes, (kind, chainId, body) => {
        assert.deepEqual(signingBytes(kind, chainId, body), encodeItem([`cresset/${kind}/v1`, chainId, body]))
      }),
    )
    const large = new Uint8Array(70_000).fill(3)
    assert.deepEqual(taggedHash('large', large), sha256(encodeItem(['large', large])))
  })

  it('differ when the border between parts moves', () => {
    assert.notDeepEqual(taggedHash('t', utf8('ab'), utf8('c')), taggedHash('t', utf8('a'), utf8('bc')))
    assert.notDeepEqual(taggedHash('t', utf8('ab')), taggedHash('t', utf8('ab'), utf8('')))
    assert.notDeepEqual(signingBytes('vote', 'chain', utf8('body')), signingBytes('vote', 'chai', utf8('nbody')))
    assert.notDeepEqual(signingBytes('vote', 'chain', utf8('b')), signingBytes('transaction', 'chain', utf8('b')))
  })

  it('take ASCII tags only', () => {
    for (const tag of ['é', 'a\n', '\u0000']) {
      assert.throws(() => taggedHash(tag), CodecError)
      assert.throws(() => signingBytes('vote', tag, utf8('')), CodecError)
    }
  })
})

describe('RFC 4231: HMAC-SHA-256', () => {
  const cases: [number, Uint8Array, Uint8Array, string][] = [
    [
      1,
      new Uint8Array(20).fill(0x0b),
      utf8('Hi There'),
      'b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7',
    ],
    [
      2,
      utf8('Jefe'),
      utf8('what do ya want for nothing?'),
      '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843',
    ],
    [
      3,
      new Uint8Array(20).fill(0xaa),
      new Uint8Array(50).fill(0xdd),
      '773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe',
    ],
    [
      6,
      new Uint8Array(131).fill(0xaa),
      utf8('Test Using Larger Than Block-Size Key - Hash Key First'),
      '60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54',
    ],
  ]
  for (const [number, key, message, expected] of cases) {
    it(`case ${number}`, () => assert.equal(toHex(hmacSha256(key, message)), expected))
  }
})

describe('RFC 5869: HKDF-SHA-256', () => {
  it('case 1', () => {
    const derived = hkdfSha256(
      new Uint8Array(22).fill(0x0b),
      fromHex('000102030405060708090a0b0c'),
      fromHex('f0f1f2f3f4f5f6f7f8f9'),
      42,
    )
    assert.equal(toHex(derived), '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865')
  })

  it('case 3: no salt, no info', () => {
    const none = new Uint8Array(0)
    const derived = hkdfSha256(new Uint8Array(22).fill(0x0b), none, none, 42)
    assert.equal(toHex(derived), '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8')
  })

  it('as node:crypto does', () => {
    fc.assert(
      fc.property(anyBytes, anyBytes, anyBytes, fc.integer({ min: 1, max: 300 }), (secret, salt, info, length) => {
        assert.deepEqual(
          hkdfSha256(secret, salt, info, length),
          new Uint8Array(hkdfSync('sha256', secret, salt, info, length)),
        )
      }),
    )
  })
})

it('equality in constant time is equality', () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => {
      assert.equal(equalConstantTime(a, b), Buffer.compare(a, b) === 0)
      assert.ok(equalConstantTime(a, Uint8Array.from(a)))
    }),
  )
})
