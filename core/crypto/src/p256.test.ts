import assert from 'node:assert/strict'
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto'
import { describe, it } from 'node:test'
import { concatBytes, fromHex, toHex, utf8 } from '@cresset/core-codec'
import { p256 as curve } from '@noble/curves/nist.js'
import {
  checkSignature,
  checkSignatureWith,
  generateKeyPair,
  keyPairFromSecret,
  keyPairSigner,
  lowSignature,
  publicKeyProblem,
  signSync,
} from './index.ts'
import type { Ed25519Backend } from './platform/interface.ts'
import { ed25519Backends, p256Backends } from './testing/backends.ts'

const { Point } = curve
type CurvePoint = typeof Point.BASE
const n = Point.Fn.ORDER
const p = Point.Fp.ORDER
const ed25519 = ed25519Backends[0] as Ed25519Backend
const message = utf8('message')
const e = BigInt(`0x${createHash('sha256').update(message).digest('hex')}`) % n

const fixed = (value: bigint) => fromHex(value.toString(16).padStart(64, '0'))
const halves = (r: bigint, s: bigint) => concatBytes(fixed(r), fixed(s))
const keyOf = (point: CurvePoint) => concatBytes(Uint8Array.of(2), point.toBytes(true))
const inverse = (value: bigint) => Point.Fn.inv(value)
const modulo = (value: bigint) => ((value % n) + n) % n

/** The verdict of every implementation behind our checks, which must be one. */
function verdict(key: Uint8Array, signature: Uint8Array): boolean {
  const verdicts = p256Backends.map((p256) => checkSignatureWith({ ed25519, p256 }, key, message, signature))
  assert.equal(new Set(verdicts).size, 1, `${p256Backends.map(({ name }) => name)} say ${verdicts}`)
  return verdicts[0] as boolean
}

const pair = generateKeyPair('p256', new Uint8Array(32).fill(1))
const signature = signSync(pair, message)
const r = BigInt(`0x${toHex(signature.subarray(0, 32))}`)
const s = BigInt(`0x${toHex(signature.subarray(32))}`)

it('every implementation of P-256 is compared', () => {
  assert.deepEqual(
    p256Backends.map(({ name }) => name),
    ['openssl', 'noble'],
  )
})

it('every implementation gives the same public key of a secret, up to the last one', () => {
  const secrets = [1n, 2n, n / 2n, n - 2n, n - 1n, e].map(fixed)
  for (const secret of secrets) {
    const expected = toHex(Point.BASE.multiply(BigInt(`0x${toHex(secret)}`)).toBytes(true))
    for (const { name, publicKeyOf } of p256Backends) assert.equal(toHex(publicKeyOf(secret)), expected, name)
    assert.equal(toHex(keyPairFromSecret('p256', secret).publicKey), `02${expected}`)
  }
  for (const secret of [0n, n, n + 1n].map(fixed)) {
    for (const { name, publicKeyOf } of p256Backends) assert.throws(() => publicKeyOf(secret), name)
    assert.throws(() => keyPairFromSecret('p256', secret), /not a secret key of P-256/)
  }
})

describe('RFC 6979 appendix A.2.5: P-256 with SHA-256', () => {
  const secret = fromHex('c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721')
  const vectors: [string, string, string][] = [
    [
      'sample',
      'efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716',
      'f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8',
    ],
    [
      'test',
      'f1abb023518351cd71d881567b1ea663ed3efcf6c5132b354f28d3b0b7d38367',
      '019f4113742a2b14bd25926b49c649155f267e60d3814b4c0cc84250e46f0083',
    ],
  ]
  for (const [text, r, s] of vectors) {
    it(`"${text}", with s brought below n/2`, () => {
      const key = keyPairFromSecret('p256', secret)
      assert.equal(toHex(key.publicKey), '020360fed4ba255a9d31c961eb74c6356d68c049b8923b61fa6ce669622e60f29fb6')
      const wide = BigInt(`0x${s}`)
      const low = wide > n / 2n ? n - wide : wide
      const made = signSync(key, utf8(text))
      assert.equal(toHex(made), r + toHex(fixed(low)))
      assert.ok(checkSignature(key.publicKey, utf8(text), made))
      assert.equal(checkSignature(key.publicKey, utf8(text), halves(BigInt(`0x${r}`), n - low)), false)
    })
  }
})

describe('P-256 signatures', () => {
  it('are valid with the lower s and refused with the other, which libraries accept', () => {
    assert.ok(s <= n / 2n)
    assert.equal(verdict(pair.publicKey, signature), true)
    const malleated = halves(r, n - s)
    assert.deepEqual(lowSignature(malleated), signature)
    assert.deepEqual(lowSignature(signature), signature)
    assert.equal(verdict(pair.publicKey, malleated), false)
    for (const backend of p256Backends)
      assert.ok(backend.verify(pair.publicKey.subarray(1), message, malleated), backend.name)
  })

  it('have their limit exactly at n/2', () => {
    // For a chosen s and nonce, the key that makes the signature valid is Q = (sR − eG)/r.
    for (const limit of [1n, 2n, n / 2n, n / 2n + 1n, n - 1n]) {
      const point = Point.BASE.multiply(987654321n)
      const r = point.toAffine().x % n
      const key = point.multiply(limit).subtract(Point.BASE.multiply(e)).multiply(inverse(r))
      assert.equal(verdict(keyOf(key), halves(r, limit)), limit <= n / 2n, `s = ${limit}`)
    }
  })

  it('are refused with r or s zero or not below n', () => {
    for (const [r2, s2] of [
      [0n, s],
      [r, 0n],
      [0n, 0n],
      [n, s],
      [r, n],
      [n + 1n, s],
      [2n ** 256n - 1n, s],
      [r, 2n ** 256n - 1n],
      [n - r, s],
      [p, s],
    ] as const) {
      assert.equal(verdict(pair.publicKey, halves(r2, s2)), false, `r = ${r2}, s = ${s2}`)
    }
  })

  it('have one r, even where x of the nonce point is over n', () => {
    // x = n + small: r is x − n, and x itself, the same modulo n, is a second spelling.
    let small = 0n
    let point: CurvePoint | undefined
    while (point === undefined) {
      small += 1n
      try {
        point = Point.fromBytes(concatBytes(Uint8Array.of(2), fixed(n + small)))
      } catch {
        // Half of all x are not on the curve.
      }
    }
    const s = 12345n
    const key = keyOf(point.multiply(s).subtract(Point.BASE.multiply(e)).multiply(inverse(small)))
    assert.equal(verdict(key, halves(small, s)), true)
    assert.equal(verdict(key, halves(n + small, s)), false)
  })

  it('are refused when the sum of points is infinity, and survive when it is a doubling', () => {
    const s = 54321n
    const r = 77777n
    const cancelling = keyOf(Point.BASE.multiply(modulo(-e * inverse(r))))
    assert.equal(verdict(cancelling, halves(r, s)), false)

    // u1·G = u2·Q: k = 2e/s and Q = (e/r)G.
    const nonce = modulo(2n * e * inverse(s))
    const doubledR = Point.BASE.multiply(nonce).toAffine().x % n
    const doubling = keyOf(Point.BASE.multiply(modulo(e * inverse(doubledR))))
    assert.equal(verdict(doubling, halves(doubledR, s)), true)
  })

  it('are refused under keys that are not canonical compressed points', () => {
    const x = pair.publicKey.subarray(2)
    const keys: Record<string, Uint8Array> = {
      'the other y': concatBytes(Uint8Array.of(2, (pair.publicKey[1] as number) ^ 1), x),
      'prefix 00': concatBytes(Uint8Array.of(2, 0), x),
      'prefix 04': concatBytes(Uint8Array.of(2, 4), x),
      'prefix 06 (hybrid)': concatBytes(Uint8Array.of(2, 6), x),
      'x not on the curve': concatBytes(Uint8Array.of(2, 2), fixed(notOnCurve())),
      'x = p': concatBytes(Uint8Array.of(2, 2), fixed(p)),
      'x + p of a point with small x': concatBytes(Uint8Array.of(2, 2), fixed(p + smallX())),
      'x all ones': concatBytes(Uint8Array.of(2, 2), new Uint8Array(32).fill(255)),
      uncompressed: concatBytes(Uint8Array.of(2), Point.fromBytes(pair.publicKey.subarray(1)).toBytes(false)),
      'cut short': pair.publicKey.subarray(0, 33),
    }
    for (const [why, key] of Object.entries(keys)) {
      assert.equal(verdict(key, signature), false, why)
      assert.equal(publicKeyProblem(key), why === 'the other y' ? undefined : 'bad-key', why)
    }
    assert.equal(publicKeyProblem(pair.publicKey), undefined)
  })

  it('are refused with any one bit changed', () => {
    for (let bit = 0; bit < 512; bit += 5) {
      const changed = Uint8Array.from(signature)
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7))
      assert.equal(checkSignature(pair.publicKey, message, changed), false)
    }
    for (const changed of ['messagf', 'messag', 'message '])
      assert.equal(checkSignature(pair.publicKey, utf8(changed), signature), false)
  })

  it('of OpenSSL are valid half of the time, and always once normalised', () => {
    const jwk = (from: number) =>
      Buffer.from(
        Point.fromBytes(pair.publicKey.subarray(1))
          .toBytes(false)
          .subarray(from, from + 32),
      ).toString('base64url')
    const key = createPrivateKey({
      key: { kty: 'EC', crv: 'P-256', d: Buffer.from(pair.secret).toString('base64url'), x: jwk(1), y: jwk(33) },
      format: 'jwk',
    })
    assert.equal(createPublicKey(key).asymmetricKeyType, 'ec')
    let high = 0
    for (let round = 0; round < 64; round++) {
      const made = new Uint8Array(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }))
      const s = BigInt(`0x${toHex(made.subarray(32))}`)
      if (s > n / 2n) high++
      assert.equal(checkSignature(pair.publicKey, message, made), s <= n / 2n)
      const normal = concatBytes(made.subarray(0, 32), fixed(s > n / 2n ? n - s : s))
      assert.ok(checkSignature(pair.publicKey, message, normal))
    }
    assert.ok(high > 0 && high < 64)
  })
})

describe('key pairs', () => {
  for (const type of ['ed25519', 'p256'] as const) {
    it(`of ${type} come from 32 bytes and always the same`, async () => {
      const random = new Uint8Array(32).fill(7)
      const made = generateKeyPair(type, random)
      assert.deepEqual(generateKeyPair(type, random), made)
      assert.deepEqual(keyPairFromSecret(type, made.secret), made)
      assert.notDeepEqual(generateKeyPair(type, new Uint8Array(32).fill(8)).publicKey, made.publicKey)
      const signer = keyPairSigner(made)
      assert.deepEqual(await signer.sign(message), signSync(made, message))
      assert.equal((await signer.secretFor?.(message))?.length, 32)
    })

    it(`of ${type} refuse secrets of another length`, () => {
      for (const length of [0, 31, 33]) {
        assert.throws(() => generateKeyPair(type, new Uint8Array(length)), RangeError)
        assert.throws(() => keyPairFromSecret(type, new Uint8Array(length)), RangeError)
      }
    })
  }

  it('of P-256 refuse zero and what is not below the order', () => {
    for (const secret of [0n, n, n + 1n, 2n ** 256n - 1n])
      assert.throws(() => keyPairFromSecret('p256', fixed(secret)), RangeError)
    keyPairFromSecret('p256', fixed(n - 1n))
  })
})

function notOnCurve(): bigint {
  for (let x = 5n; ; x++) if (!isOnCurve(x)) return x
}

function smallX(): bigint {
  for (let x = 5n; ; x++) if (isOnCurve(x)) return x
}

function isOnCurve(x: bigint): boolean {
  try {
    Point.fromBytes(concatBytes(Uint8Array.of(2), fixed(x)))
    return true
  } catch {
    return false
  }
}
