import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, it } from 'node:test'
import { concatBytes, fromHex, toHex } from '@cresset/core-codec'
import { keyPairSigner } from '@cresset/core-crypto'
import fc from 'fast-check'
import { skipWithout } from '../../../tools/system-tools.ts'
import { buildCertificate, serialOf } from './build-certificate.ts'
import { type Certificate, type CertificateProblem, readCertificate, tryReadCertificate } from './certificate.ts'
import { CertificateError } from './certificate-error.ts'
import { isSignedBy } from './certificate-signature.ts'
import { DerError } from './der-error.ts'
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
  time,
  unsignedInteger,
  utf8String,
} from './der-writer.ts'
import { buildDistinguishedName } from './distinguished-name.ts'
import { basicConstraints, keyUsage, subjectAltName } from './extension-builder.ts'
import { objectIdentifiers } from './object-identifier.ts'
import { encodePem } from './pem.ts'
import { signatureAlgorithms } from './signature-algorithm.ts'
import { subjectPublicKeyInfoOf } from './subject-public-key-info.ts'
import { hostCertificate, keyOf, nodeUnder, nowMs, rootFor } from './testing/certificates.ts'
import { openssl, opensslSteps } from './testing/openssl.ts'

const names = buildDistinguishedName({ commonName: 'x' })
const key = keyOf(7)

/** The fields of a certificate in their order; tests replace one. The signature is not right: reading does not check it. */
const good = {
  version: explicit(0, smallInteger(2)),
  serial: unsignedInteger(Uint8Array.of(1)),
  algorithm: signatureAlgorithms['ecdsa-with-sha256'],
  issuer: names,
  validity: sequence(time(nowMs), time(nowMs + 1000)),
  subject: names,
  publicKey: subjectPublicKeyInfoOf(key.publicKey),
  uniqueIdentifiers: new Uint8Array() as Uint8Array,
  extensions: explicit(3, sequence(basicConstraints({ isAuthority: false }))),
}

function assemble(
  change: Partial<typeof good>,
  outerAlgorithm = good.algorithm,
  signature = bitString(new Uint8Array(70)),
): Uint8Array {
  return sequence(sequence(...Object.values({ ...good, ...change })), outerAlgorithm, signature)
}

function extensions(...list: Uint8Array[]): { extensions: Uint8Array } {
  return { extensions: explicit(3, sequence(...list)) }
}

function extension(identifier: string, value: Uint8Array, ...critical: Uint8Array[]): Uint8Array {
  return sequence(objectIdentifier(identifier), ...critical, octetString(value))
}

function refuses(der: Uint8Array, code: CertificateProblem): void {
  assert.equal(tryReadCertificate(der), code)
  assert.throws(
    () => readCertificate(der),
    (error) => error instanceof DerError || error instanceof CertificateError,
  )
}

describe('readCertificate refuses', () => {
  it('takes the form that the cases below break', () => {
    assert.equal(typeof tryReadCertificate(assemble({})), 'object')
    assert.equal(typeof tryReadCertificate(assemble({ extensions: new Uint8Array() })), 'object')
  })

  it('other versions and unique identifiers', () => {
    refuses(assemble({ version: new Uint8Array() }), 'certificate-version')
    refuses(assemble({ version: explicit(0, smallInteger(0)) }), 'certificate-version')
    refuses(assemble({ version: explicit(0, smallInteger(1)) }), 'certificate-version')
    refuses(assemble({ version: explicit(0, smallInteger(3)) }), 'certificate-version')
    refuses(assemble({ version: explicit(0, smallInteger(2), smallInteger(2)) }), 'der-trailing')
    refuses(assemble({ uniqueIdentifiers: element(0x81, Uint8Array.of(0, 1)) }), 'certificate-version')
    refuses(assemble({ uniqueIdentifiers: element(0x82, Uint8Array.of(0, 1)) }), 'certificate-version')
  })

  it('serial numbers that are not 1 to 20 bytes and positive', () => {
    for (const content of ['00', 'ff', '80', `7f${'00'.repeat(20)}`, `00ff${'00'.repeat(19)}`]) {
      refuses(assemble({ serial: element(0x02, fromHex(content)) }), 'certificate-serial')
    }
    refuses(assemble({ serial: element(0x02, fromHex('0001')) }), 'der-integer')
    assert.equal(
      typeof tryReadCertificate(assemble({ serial: element(0x02, fromHex(`7f${'00'.repeat(19)}`)) })),
      'object',
    )
  })

  it('two different signature algorithms, and broken bits', () => {
    refuses(assemble({}, signatureAlgorithms.ed25519), 'certificate-signature')
    refuses(assemble({}, good.algorithm, bitString(Uint8Array.of(0x80), 7)), 'certificate-signature')
  })

  it('names without form', () => {
    refuses(assemble({ issuer: sequence() }), 'certificate-name')
    refuses(assemble({ subject: sequence(setOf()) }), 'certificate-name')
    refuses(assemble({ subject: sequence(setOf(sequence(objectIdentifier('2.5.4.3')))) }), 'der-truncated')
    const value = sequence(objectIdentifier('2.5.4.3'), utf8String('a'))
    refuses(assemble({ subject: sequence(element(0x31, value, value)) }), 'der-set-order')
    refuses(
      assemble({ subject: sequence(setOf(sequence(objectIdentifier('2.5.4.3'), element(0x13, Uint8Array.of(0x40))))) }),
      'der-string',
    )
    assert.equal(typeof tryReadCertificate(assemble({ subject: sequence() })), 'object')
  })

  it('validity that ends before it begins or has other times', () => {
    refuses(assemble({ validity: sequence(time(nowMs), time(nowMs - 1000)) }), 'certificate-validity')
    refuses(assemble({ validity: sequence(time(nowMs)) }), 'der-truncated')
    refuses(assemble({ validity: sequence(time(nowMs), time(nowMs), time(nowMs)) }), 'der-trailing')
    refuses(assemble({ validity: sequence(time(nowMs), smallInteger(1)) }), 'der-tag')
  })

  it('keys that are unsound or in another form', () => {
    const p256 = sequence(objectIdentifier(objectIdentifiers.ecPublicKey), objectIdentifier(objectIdentifiers.p256))
    const ed25519 = sequence(objectIdentifier(objectIdentifiers.ed25519))
    const cases = [
      sequence(p256, bitString(key.publicKey.subarray(1))),
      sequence(p256, bitString(concatBytes(Uint8Array.of(4), new Uint8Array(64)))),
      sequence(p256, bitString(concatBytes(Uint8Array.of(4), new Uint8Array(64).fill(0xff)))),
      sequence(p256, bitString(new Uint8Array())),
      sequence(ed25519, bitString(new Uint8Array(31))),
      sequence(ed25519, bitString(new Uint8Array(32))),
      sequence(sequence(objectIdentifier(objectIdentifiers.ed25519), element(0x05)), bitString(new Uint8Array(32))),
    ]
    for (const publicKey of cases) refuses(assemble({ publicKey }), 'certificate-key')
    refuses(assemble({ publicKey: sequence(p256, bitString(new Uint8Array(65)), smallInteger(1)) }), 'der-trailing')
  })

  it('extensions that are empty, repeated, too many or not of their form', () => {
    const basic = basicConstraints({ isAuthority: false })
    refuses(assemble(extensions()), 'certificate-extension')
    refuses(assemble(extensions(basic, basic)), 'certificate-extension')
    refuses(assemble({ extensions: explicit(3, sequence(basic), sequence(basic)) }), 'der-trailing')
    const many = Array.from({ length: 33 }, (_, index) => extension(`1.2.${index}`, new Uint8Array()))
    refuses(assemble(extensions(...many)), 'certificate-extension')
    refuses(assemble(extensions(extension('1.2.3', new Uint8Array(), boolean(false)))), 'der-default')
    const wrong: [string, Uint8Array, CertificateProblem][] = [
      [objectIdentifiers.basicConstraints, sequence(boolean(false)), 'der-default'],
      [objectIdentifiers.basicConstraints, sequence(smallInteger(0)), 'certificate-extension'],
      [objectIdentifiers.basicConstraints, sequence(boolean(true), element(0x02, Uint8Array.of(0xff))), 'der-integer'],
      [objectIdentifiers.basicConstraints, concatBytes(sequence(), sequence()), 'der-trailing'],
      [objectIdentifiers.keyUsage, bitString(Uint8Array.of(0)), 'certificate-extension'],
      [objectIdentifiers.keyUsage, bitString(new Uint8Array()), 'certificate-extension'],
      [objectIdentifiers.keyUsage, bitString(Uint8Array.of(0x80), 6), 'certificate-extension'],
      [objectIdentifiers.keyUsage, bitString(Uint8Array.of(0, 0x40), 6), 'certificate-extension'],
      [objectIdentifiers.extendedKeyUsage, sequence(), 'certificate-extension'],
      [objectIdentifiers.subjectAltName, sequence(), 'certificate-extension'],
      [objectIdentifiers.subjectAltName, sequence(element(0x82)), 'certificate-extension'],
      [objectIdentifiers.subjectAltName, sequence(element(0x82, Uint8Array.of(0x61, 0x00))), 'der-string'],
      [objectIdentifiers.subjectAltName, sequence(element(0x82, Uint8Array.of(0x61, 0x20))), 'der-string'],
      [objectIdentifiers.subjectAltName, sequence(element(0x82, Uint8Array.of(0xc3, 0xa9))), 'der-string'],
      [objectIdentifiers.subjectAltName, sequence(element(0x87, new Uint8Array(5))), 'certificate-extension'],
      [objectIdentifiers.subjectAltName, sequence(element(0x89, new Uint8Array(5))), 'certificate-extension'],
      [objectIdentifiers.nameConstraints, sequence(), 'certificate-extension'],
      [objectIdentifiers.nameConstraints, sequence(explicit(0)), 'certificate-extension'],
      [objectIdentifiers.nameConstraints, sequence(explicit(1), explicit(0)), 'certificate-extension'],
      [
        objectIdentifiers.nameConstraints,
        sequence(explicit(0, sequence(element(0x82, Uint8Array.of(0x2e, 0x61))))),
        'certificate-extension',
      ],
      [
        objectIdentifiers.nameConstraints,
        sequence(explicit(0, sequence(element(0x82, Uint8Array.of(0x61)), element(0x80, Uint8Array.of(0))))),
        'der-trailing',
      ],
      [
        objectIdentifiers.nameConstraints,
        sequence(explicit(0, sequence(element(0x87, new Uint8Array(4))))),
        'certificate-extension',
      ],
      [
        objectIdentifiers.nameConstraints,
        sequence(explicit(0, sequence(element(0x87, fromHex('00000000ff00ff00'))))),
        'certificate-extension',
      ],
      [
        objectIdentifiers.nameConstraints,
        sequence(explicit(0, sequence(element(0x87, fromHex('0a000001ff000000'))))),
        'certificate-extension',
      ],
      [objectIdentifiers.subjectKeyIdentifier, sequence(), 'der-tag'],
      [objectIdentifiers.authorityKeyIdentifier, sequence(element(0x82, Uint8Array.of(1))), 'der-trailing'],
    ]
    for (const [identifier, value, code] of wrong) refuses(assemble(extensions(extension(identifier, value))), code)
  })

  it('what is too long', () => {
    refuses(new Uint8Array(8193), 'der-too-long')
    const many = Array.from({ length: 129 }, (_, index) => `n${index}.acme`)
    refuses(assemble(extensions(subjectAltName(many))), 'certificate-extension')
  })
})

describe('readCertificate', () => {
  it('tells critical extensions that it does not know', () => {
    const unknown = extension('1.2.3.4', new Uint8Array(), boolean(true))
    const { critical, unknownCritical } = readCertificate(
      assemble(extensions(unknown, keyUsage('digitalSignature'))),
    ).extensions
    assert.deepEqual(critical, ['1.2.3.4', objectIdentifiers.keyUsage])
    assert.deepEqual(unknownCritical, ['1.2.3.4'])
  })

  it('names the usages of all nine bits', () => {
    const usages = ['digitalSignature', 'keyCertSign', 'decipherOnly'] as const
    assert.deepEqual(readCertificate(assemble(extensions(keyUsage(...usages)))).extensions.keyUsage, usages)
  })

  it('leaves the key of another algorithm undefined', () => {
    const secp384 = sequence(objectIdentifier(objectIdentifiers.ecPublicKey), objectIdentifier('1.3.132.0.34'))
    const rsa = sequence(objectIdentifier('1.2.840.113549.1.1.1'), element(0x05))
    for (const algorithm of [secp384, rsa]) {
      const publicKey = sequence(algorithm, bitString(new Uint8Array(97)))
      assert.equal(readCertificate(assemble({ publicKey })).publicKey, undefined)
    }
  })

  it('agrees with Node on fields that both read', async () => {
    const root = await rootFor(['acme'])
    for (const certificate of [
      root,
      await nodeUnder(root, ['a.ns.acme']),
      await hostCertificate(['www.shop.acme', '*.shop.acme']),
    ]) {
      const theirs = new X509Certificate(certificate.der)
      assert.equal(toHex(certificate.serial), theirs.serialNumber.toLowerCase())
      assert.equal(certificate.notBeforeMs, theirs.validFromDate.getTime())
      assert.equal(certificate.notAfterMs, theirs.validToDate.getTime())
      assert.equal(certificate.extensions.basicConstraints?.isAuthority, theirs.ca)
      assert.deepEqual(
        certificate.subjectPublicKeyInfo,
        Uint8Array.from(theirs.publicKey.export({ format: 'der', type: 'spki' })),
      )
      const alternative = certificate.extensions.subjectAltName?.dnsNames.map((name) => `DNS:${name}`).join(', ')
      assert.equal(alternative, theirs.subjectAltName)
    }
  })
})

describe('signatures', () => {
  for (const type of ['ed25519', 'p256'] as const) {
    it(`${type}: no byte of a certificate can change`, async () => {
      const signing = keyOf(9, type)
      const certificate = await hostCertificate(['www.shop.acme'], signing)
      assert(isSignedBy(certificate, signing.publicKey))
      assert(!isSignedBy(certificate, keyOf(10, type).publicKey))
      assert(!isSignedBy(certificate, keyOf(9, type === 'p256' ? 'ed25519' : 'p256').publicKey))
      for (let index = 0; index < certificate.der.length; index++) {
        for (const flip of [0x01, 0x80]) {
          const changed = Uint8Array.from(certificate.der)
          changed[index] = (changed[index] as number) ^ flip
          const read = tryReadCertificate(changed)
          assert(typeof read === 'string' || !isSignedBy(read, signing.publicKey), `byte ${index}`)
        }
      }
    })
  }

  it('takes either half of an ECDSA signature: authorities do not normalize', async () => {
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    const low = keyPairSigner(key)
    const high = {
      publicKey: key.publicKey,
      sign: async (message: Uint8Array): Promise<Uint8Array> => {
        const signature = await low.sign(message)
        const s = order - BigInt(`0x${toHex(signature.subarray(32))}`)
        return concatBytes(signature.subarray(0, 32), fromHex(s.toString(16).padStart(64, '0')))
      },
    }
    const fields = {
      serial: Uint8Array.of(1),
      issuer: names,
      subject: names,
      notBeforeMs: nowMs,
      notAfterMs: nowMs + 1000,
      publicKey: key.publicKey,
      extensions: [basicConstraints({ isAuthority: false })],
    }
    for (const signer of [low, high]) {
      const der = await buildCertificate(fields, signer)
      assert(isSignedBy(readCertificate(der), key.publicKey))
      assert(new X509Certificate(der).verify(new X509Certificate(der).publicKey))
    }
  })
})

describe('building', () => {
  it('is deterministic but for the signature, and refuses serial numbers that are none', async () => {
    const [one, other] = [await hostCertificate(['a.acme']), await hostCertificate(['a.acme'])]
    assert.deepEqual(one.tbs, other.tbs)
    assert.throws(() => serialOf(new Uint8Array(15)), RangeError)
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (random) => {
        const made = serialOf(random)
        assert.equal(made.length, 16)
        assert((made[0] as number) >= 0x40 && (made[0] as number) < 0x80)
      }),
    )
    for (const serial of [
      new Uint8Array(),
      new Uint8Array(16),
      new Uint8Array(21).fill(1),
      new Uint8Array(20).fill(0xff),
    ]) {
      const fields = {
        serial,
        issuer: names,
        subject: names,
        notBeforeMs: nowMs,
        notAfterMs: nowMs,
        publicKey: key.publicKey,
        extensions: [],
      }
      await assert.rejects(buildCertificate(fields, keyPairSigner(key)), RangeError)
    }
  })
})

describe('with openssl', { skip: skipWithout('openssl') }, () => {
  it('openssl reads what we build, and its words are ours', async () => {
    const root = await rootFor(['acme'])
    const print = (certificate: Certificate): string =>
      openssl(['x509', '-noout', '-text', '-in', 'c.pem'], {
        'c.pem': encodePem('CERTIFICATE', certificate.der),
      }).toString()
    const rootText = print(root)
    assert.match(rootText, /Basic Constraints: critical\n\s+CA:TRUE\n/)
    assert.match(
      rootText,
      /Name Constraints: critical\n\s+Permitted:\n\s+DNS:acme\n\s+Excluded:\n\s+IP:0\.0\.0\.0\/0\.0\.0\.0\n\s+IP:0:0:0:0:0:0:0:0\/0:0:0:0:0:0:0:0\n/,
    )
    assert.match(rootText, /Certificate Sign, CRL Sign/)
    const nodeText = print(await nodeUnder(root, ['a.ns.acme']))
    assert.match(nodeText, /Subject: CN = a\.ns\.acme/)
    assert.match(nodeText, /Issuer: O = Acme, CN = Acme root/)
    assert.match(nodeText, /DNS:a\.ns\.acme/)
    assert.match(nodeText, /TLS Web Server Authentication, TLS Web Client Authentication/)
    assert.match(nodeText, /Not Before: Jan 15 11:00:00 2026 GMT/)
  })

  const keys: [string, string[]][] = [
    ['ed25519', ['ed25519']],
    ['p256', ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-pkeyopt', 'ec_param_enc:named_curve']],
  ]
  for (const [name, algorithm] of keys) {
    it(`we read what openssl builds: ${name}`, () => {
      const der = opensslSteps([
        ['genpkey', '-algorithm', ...algorithm, '-out', 'key.pem'],
        [
          ...[
            'req',
            '-x509',
            '-new',
            '-key',
            'key.pem',
            '-subj',
            '/O=Ácme/CN=www.shop.acme',
            '-utf8',
            '-days',
            '20000',
          ],
          ...[
            '-addext',
            'subjectAltName=DNS:www.shop.acme,DNS:*.Shop.acme,IP:127.0.0.1,IP:::1,email:a@b.c,URI:http://x',
          ],
          ...['-addext', 'keyUsage=critical,digitalSignature,keyAgreement', '-addext', 'certificatePolicies=1.2.3.4'],
          ...['-outform', 'DER'],
        ],
      ])
      const certificate = readCertificate(der)
      assert(certificate.publicKey !== undefined && isSignedBy(certificate, certificate.publicKey))
      assert.equal(certificate.subject.commonName, 'www.shop.acme')
      assert(certificate.notAfterMs > Date.UTC(2050, 0, 1), 'a GeneralizedTime')
      const { subjectAltName, keyUsage, unknownCritical } = certificate.extensions
      assert.deepEqual(subjectAltName?.dnsNames, ['www.shop.acme', '*.Shop.acme'])
      assert.deepEqual(
        subjectAltName.ipAddresses.map((address) => address.length),
        [4, 16],
      )
      assert.equal(subjectAltName.otherTags.length, 2)
      assert.deepEqual(keyUsage, ['digitalSignature', 'keyAgreement'])
      assert.deepEqual(unknownCritical, [])
    })
  }

  it('we read a P-256 leaf that an RSA authority signed', () => {
    const der = opensslSteps([
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        'ca.key',
        '-out',
        'ca.pem',
        '-subj',
        '/CN=CA',
        '-days',
        '9',
      ],
      ['genpkey', '-algorithm', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'leaf.key'],
      [
        'req',
        '-new',
        '-key',
        'leaf.key',
        '-subj',
        '/CN=leaf',
        '-addext',
        'subjectAltName=DNS:leaf.acme',
        '-out',
        'leaf.csr',
      ],
      [
        ...['x509', '-req', '-in', 'leaf.csr', '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'],
        ...['-copy_extensions', 'copy', '-days', '5', '-outform', 'DER'],
      ],
    ])
    const certificate = readCertificate(der)
    assert.equal(certificate.publicKey?.[0], 2)
    assert.equal(certificate.signatureAlgorithm, undefined)
    assert.equal(isSignedBy(certificate, keyOf(1).publicKey), false)
  })
})
