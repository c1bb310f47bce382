import assert from 'node:assert/strict'
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, X509Certificate } from 'node:crypto'
import { describe, it } from 'node:test'
import { concatBytes, equalBytes, fromHex } from '@cresset/core-codec'
import { checkSignature, generateKeyPair } from '@cresset/core-crypto'
import fc from 'fast-check'
import { CertificateError } from './certificate-error.ts'
import { DerError } from './der-error.ts'
import { sequence, smallInteger, unsignedInteger } from './der-writer.ts'
import { decodePem, encodePem } from './pem.ts'
import { privateKeyInfoOf } from './private-key-info.ts'
import { ecdsaSignatureFromDer, ecdsaSignatureToDer } from './signature-form.ts'
import { subjectPublicKeyInfoOf, taggedKeyOf } from './subject-public-key-info.ts'
import { hostCertificate } from './testing/certificates.ts'

const types = ['ed25519', 'p256'] as const
const secrets = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .filter((secret) => secret.some((byte) => byte !== 0) && (secret[0] as number) < 0xff)

describe('SubjectPublicKeyInfo (RFC 8410, RFC 5480)', () => {
  for (const type of types) {
    it(`${type}: Node writes and reads the same bytes`, () => {
      fc.assert(
        fc.property(secrets, (secret) => {
          const pair = generateKeyPair(type, secret)
          const info = subjectPublicKeyInfoOf(pair.publicKey)
          const theirs = createPublicKey({ key: Buffer.from(info), format: 'der', type: 'spki' })
          assert.deepEqual(Uint8Array.from(theirs.export({ format: 'der', type: 'spki' })), info)
          assert.deepEqual(taggedKeyOf(info), pair.publicKey)
        }),
        { numRuns: 30 },
      )
    })
  }

  it('reads the keys that Node makes', () => {
    for (let index = 0; index < 20; index++) {
      for (const { publicKey } of [
        generateKeyPairSync('ed25519'),
        generateKeyPairSync('ec', { namedCurve: 'P-256' }),
      ]) {
        const info = Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' }))
        const tagged = taggedKeyOf(info)
        assert(tagged !== undefined && equalBytes(subjectPublicKeyInfoOf(tagged), info))
      }
    }
  })

  it('refuses points beside the curve', () => {
    const { publicKey } = generateKeyPair('p256', new Uint8Array(32).fill(5))
    const info = subjectPublicKeyInfoOf(publicKey)
    for (let index = info.length - 64; index < info.length; index++) {
      const changed = Uint8Array.from(info)
      changed[index] = (changed[index] as number) ^ 4
      assert.throws(
        () => taggedKeyOf(changed),
        (error) => error instanceof CertificateError && error.code === 'certificate-key',
      )
    }
    assert.throws(
      () => subjectPublicKeyInfoOf(concatBytes(Uint8Array.of(2, 2), new Uint8Array(32).fill(0xff))),
      RangeError,
    )
    assert.throws(() => subjectPublicKeyInfoOf(Uint8Array.of(3)), RangeError)
  })
})

describe('PrivateKeyInfo (RFC 5208, 5915, 8410)', () => {
  for (const type of types) {
    it(`${type}: Node signs with it, and the ledger's rule accepts`, () => {
      fc.assert(
        fc.property(secrets, fc.uint8Array(), (secret, message) => {
          const pair = generateKeyPair(type, secret)
          const key = createPrivateKey({ key: Buffer.from(privateKeyInfoOf(pair)), format: 'der', type: 'pkcs8' })
          assert.deepEqual(
            Uint8Array.from(createPublicKey(key).export({ format: 'der', type: 'spki' })),
            subjectPublicKeyInfoOf(pair.publicKey),
          )
          const signature = sign(type === 'ed25519' ? null : 'sha256', message, key)
          const plain = type === 'ed25519' ? Uint8Array.from(signature) : ecdsaSignatureFromDer(signature)
          assert(plain !== undefined && checkSignature(pair.publicKey, message, plain))
        }),
        { numRuns: 30 },
      )
    })
  }

  it('refuses secrets of another length', () => {
    const { publicKey } = generateKeyPair('p256', new Uint8Array(32).fill(5))
    assert.throws(() => privateKeyInfoOf({ publicKey, secret: new Uint8Array(31) }), RangeError)
  })
})

describe('ECDSA-Sig-Value (RFC 3279 2.2.3)', () => {
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
  const scalar = fc.bigInt({ min: 1n, max: order - 1n })
  const bytes = (value: bigint): Uint8Array => fromHex(value.toString(16).padStart(64, '0'))

  it('comes back with the low s', () => {
    fc.assert(
      fc.property(scalar, scalar, (r, s) => {
        const low = s > order / 2n ? order - s : s
        assert.deepEqual(
          ecdsaSignatureFromDer(ecdsaSignatureToDer(concatBytes(bytes(r), bytes(s)))),
          concatBytes(bytes(r), bytes(low)),
        )
      }),
    )
  })

  it('is refused out of range, and in another form', () => {
    const of = (r: bigint, s: bigint): Uint8Array => sequence(unsignedInteger(bytes(r)), unsignedInteger(bytes(s)))
    for (const der of [of(0n, 1n), of(1n, 0n), of(order, 1n), of(1n, order), of(2n ** 256n - 1n, 1n)]) {
      assert.equal(ecdsaSignatureFromDer(der), undefined)
    }
    assert.equal(ecdsaSignatureFromDer(fromHex('30060201ff020101')), undefined)
    for (const hex of [
      '',
      '3000',
      '3003020101',
      '3009020101020101020101',
      '300702020001020101',
      `30820006020101020101`,
      '300602010102010100',
    ]) {
      assert.throws(() => ecdsaSignatureFromDer(fromHex(hex)), DerError, hex)
    }
    assert.throws(
      () => ecdsaSignatureFromDer(sequence(smallInteger(1), unsignedInteger(new Uint8Array(100).fill(1)))),
      DerError,
    )
    assert.throws(() => ecdsaSignatureToDer(new Uint8Array(63)), RangeError)
  })

  it('agrees with Node, both ways', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    for (let index = 0; index < 50; index++) {
      const message = Uint8Array.of(index)
      const der = sign('sha256', message, privateKey)
      const plain = ecdsaSignatureFromDer(der) ?? assert.fail()
      assert(verify('sha256', message, publicKey, ecdsaSignatureToDer(plain)))
      assert(verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, plain))
    }
  })
})

describe('PEM (RFC 7468)', () => {
  it('comes back, and Node reads it', async () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 500 }), (der) => {
        const text = encodePem('CERTIFICATE', der)
        assert.deepEqual(decodePem('CERTIFICATE', text), der)
        assert.deepEqual(decodePem('CERTIFICATE', `Subject: x\r\n${text.replaceAll('\n', '\r\n')}more`), der)
        assert(text.split('\n').every((line) => line.length <= 64))
      }),
    )
    const { der } = await hostCertificate(['a.acme'])
    assert.deepEqual(Uint8Array.from(new X509Certificate(encodePem('CERTIFICATE', der)).raw), der)
  })

  it('is refused when damaged, under another label, or too long', () => {
    const text = encodePem('CERTIFICATE', Uint8Array.of(1, 2, 3, 4))
    assert.equal(decodePem('PRIVATE KEY', text), undefined)
    assert.equal(decodePem('CERTIFICATE', text.replace('-----END', '-----end')), undefined)
    assert.equal(decodePem('CERTIFICATE', text.replace('AQID', 'AQ!D')), undefined)
    assert.equal(decodePem('CERTIFICATE', text.replace('AQID', 'AQI')), undefined)
    assert.equal(decodePem('CERTIFICATE', text.replace('BA==', 'BB==')), undefined)
    assert.equal(decodePem('CERTIFICATE', text + ' '.repeat(20_000)), undefined)
    assert.equal(decodePem('CERTIFICATE', ''), undefined)
  })
})
