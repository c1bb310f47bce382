import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fromHex, utf8 } from '@cresset/core-codec'
import { skipWithout } from '../../../tools/system-tools.ts'
import type { Certificate } from './certificate.ts'
import { type ChainProblemCode, checkChain } from './chain.ts'
import { boolean, element, explicit, objectIdentifier, octetString, sequence } from './der-writer.ts'
import { basicConstraints, keyUsage, nameConstraints, subjectAltName } from './extension-builder.ts'
import { objectIdentifiers } from './object-identifier.ts'
import { authority, dayMs, hostCertificate, issue, keyOf, nodeUnder, nowMs, rootFor } from './testing/certificates.ts'
import { opensslVerify } from './testing/openssl.ts'

const rootKey = keyOf(1)
const middleKey = keyOf(2)
const lowKey = keyOf(3)
const leafKey = keyOf(4)
const root = await rootFor(['acme'], rootKey)

const leafExtensions = (...names: string[]): Uint8Array[] => [
  basicConstraints({ isAuthority: false }),
  keyUsage('digitalSignature'),
  subjectAltName(names),
]

/** Authority of a name: itself and below, path length as given. */
function middle(extensions: Uint8Array[], subject = 'shop.acme', issuer = root): Promise<Certificate> {
  return issue({ issuer, issuerKey: rootKey, subject, key: middleKey, extensions })
}

function leafUnder(issuer: Certificate, issuerKey: typeof rootKey, names: string[]): Promise<Certificate> {
  return issue({ issuer, issuerKey, subject: 'leaf', key: leafKey, extensions: leafExtensions(...names) })
}

/** subjectAltName of one address. */
function addressName(hex: string): Uint8Array {
  return sequence(
    objectIdentifier(objectIdentifiers.subjectAltName),
    octetString(sequence(element(0x87, fromHex(hex)))),
  )
}

interface Case {
  readonly name: string
  readonly path: readonly Certificate[]
  readonly code?: ChainProblemCode
  readonly index?: number
  readonly timeMs?: number
  /** OpenSSL sees it otherwise, for the reason given. */
  readonly differs?: string
}

const domain = await middle([...authority(1), nameConstraints(['shop.acme'])])
const sub = await issue({
  issuer: domain,
  issuerKey: middleKey,
  subject: 't.shop.acme',
  key: lowKey,
  extensions: [...authority(0), nameConstraints(['t.shop.acme'])],
})
const leafAsIssuer = await nodeUnder(root, ['a.ns.acme'], middleKey)
const noCertSign = await middle([basicConstraints({ isAuthority: true }), keyUsage('digitalSignature')])
const wider = await middle([...authority(), nameConstraints(['acme', 'bank'])])
const short = await middle(authority(0))
const belowShort = await issue({
  issuer: short,
  issuerKey: middleKey,
  subject: 'low',
  key: lowKey,
  extensions: authority(),
})
const selfIssued = await middle(authority(0), 'same')
const selfIssuedBelow = await issue({
  issuer: selfIssued,
  issuerKey: middleKey,
  subject: 'same',
  key: lowKey,
  extensions: authority(0),
})
const excluding = await middle([
  ...authority(),
  sequence(
    objectIdentifier(objectIdentifiers.nameConstraints),
    boolean(true),
    octetString(sequence(explicit(1, sequence(element(0x82, utf8('x.shop.acme')))))),
  ),
])
const critical = await issue({
  issuer: root,
  issuerKey: rootKey,
  subject: 'critical',
  key: leafKey,
  extensions: [...leafExtensions('a.acme'), sequence(objectIdentifier('1.2.3.4'), boolean(true), octetString())],
})
const emailIssuer = await middle([
  ...authority(),
  sequence(
    objectIdentifier(objectIdentifiers.nameConstraints),
    boolean(true),
    octetString(sequence(explicit(0, sequence(element(0x81, utf8('acme')))))),
  ),
])
const email = await issue({
  issuer: emailIssuer,
  issuerKey: middleKey,
  subject: 'email',
  key: leafKey,
  extensions: [
    basicConstraints({ isAuthority: false }),
    sequence(objectIdentifier(objectIdentifiers.subjectAltName), octetString(sequence(element(0x81, utf8('a@acme'))))),
  ],
})
const withAddress = (issuer: Certificate, issuerKey: typeof rootKey, hex: string): Promise<Certificate> =>
  issue({
    issuer,
    issuerKey,
    subject: 'ip',
    key: leafKey,
    extensions: [basicConstraints({ isAuthority: false }), addressName(hex)],
  })

const cases: Case[] = [
  { name: 'a node certificate', path: [await nodeUnder(root, ['a.ns.acme']), root] },
  { name: 'a self-signed leaf alone', path: [await hostCertificate(['www.shop.acme'])] },
  {
    name: 'a host under a domain certificate',
    path: [await leafUnder(domain, middleKey, ['www.shop.acme']), domain, root],
  },
  { name: 'a host under a delegation', path: [await leafUnder(sub, lowKey, ['a.t.shop.acme']), sub, domain, root] },
  { name: 'the delegated name itself', path: [await leafUnder(sub, lowKey, ['t.shop.acme']), sub, domain, root] },
  {
    name: 'a name beside the delegation',
    path: [await leafUnder(sub, lowKey, ['u.shop.acme']), sub, domain, root],
    code: 'name-not-permitted',
  },
  {
    name: 'another registrant’s name',
    path: [await leafUnder(domain, middleKey, ['bank.acme']), domain, root],
    code: 'name-not-permitted',
  },
  {
    name: 'a name that only ends alike',
    path: [await leafUnder(domain, middleKey, ['evilshop.acme']), domain, root],
    code: 'name-not-permitted',
  },
  {
    name: 'one good and one bad name',
    path: [await leafUnder(domain, middleKey, ['www.shop.acme', 'bank.acme']), domain, root],
    code: 'name-not-permitted',
  },
  { name: 'a wildcard within', path: [await leafUnder(domain, middleKey, ['*.shop.acme']), domain, root] },
  {
    name: 'a wildcard above',
    path: [await leafUnder(domain, middleKey, ['*.acme']), domain, root],
    code: 'name-not-permitted',
  },
  { name: 'an IPv4 address', path: [await withAddress(root, rootKey, '7f000001'), root], code: 'name-excluded' },
  {
    name: 'an IPv6 address',
    path: [await withAddress(root, rootKey, '00000000000000000000000000000001'), root],
    code: 'name-excluded',
  },
  {
    name: 'an address below an unconstrained authority',
    path: [await withAddress(short, middleKey, '7f000001'), short, root],
    code: 'name-excluded',
  },
  {
    name: 'a wider authority, whose own claim does not count',
    path: [await leafUnder(wider, middleKey, ['a.bank']), wider, root],
    code: 'name-not-permitted',
  },
  {
    name: 'a name within a wider authority and the root',
    path: [await leafUnder(wider, middleKey, ['a.acme']), wider, root],
  },
  {
    name: 'an excluded name',
    path: [await leafUnder(excluding, middleKey, ['a.x.shop.acme']), excluding, root],
    code: 'name-excluded',
  },
  {
    name: 'a wildcard over an excluded name',
    path: [await leafUnder(excluding, middleKey, ['*.shop.acme']), excluding, root],
    code: 'name-excluded',
    differs: 'OpenSSL takes the asterisk for a label',
  },
  {
    name: 'a form of name that constraints limit and we do not judge',
    path: [email, emailIssuer, root],
    code: 'name-form-unknown',
    differs: 'OpenSSL judges e-mail addresses',
  },
  {
    name: 'a leaf as issuer',
    path: [await leafUnder(leafAsIssuer, middleKey, ['b.acme']), leafAsIssuer, root],
    code: 'issuer-not-authority',
    index: 1,
  },
  {
    name: 'an authority that may not sign certificates',
    path: [await leafUnder(noCertSign, middleKey, ['b.acme']), noCertSign, root],
    code: 'issuer-not-authority',
    index: 1,
  },
  {
    name: 'an authority below path length 0',
    path: [await leafUnder(belowShort, lowKey, ['b.acme']), belowShort, short, root],
    code: 'path-too-long',
    index: 2,
  },
  {
    name: 'a self-issued authority, which path lengths do not count',
    path: [await leafUnder(selfIssuedBelow, lowKey, ['b.acme']), selfIssuedBelow, selfIssued, root],
  },
  { name: 'an unknown critical extension', path: [critical, root], code: 'critical-extension-unknown', index: 0 },
  {
    name: 'another root of the same name',
    path: [await nodeUnder(root, ['a.ns.acme']), await rootFor(['acme'], keyOf(8))],
    code: 'issuer-mismatch',
    index: 0,
  },
  {
    name: 'an issuer of another name',
    path: [await nodeUnder(root, ['a.ns.acme']), domain, root],
    code: 'issuer-mismatch',
    index: 0,
    differs: 'OpenSSL leaves out the certificate that does not belong',
  },
  {
    name: 'the end of the leaf',
    path: [await leafUnder(short, middleKey, ['a.acme']), short, root],
    timeMs: nowMs + 2 * dayMs,
    code: 'certificate-expired',
    index: 0,
  },
]

describe('checkChain (RFC 5280 section 6)', () => {
  for (const { name, path, code, index, timeMs = nowMs } of cases) {
    it(`${code ?? 'ok'}: ${name}`, () => {
      const problem = checkChain(path, { timeMs })
      assert.equal(problem?.code, code)
      if (index !== undefined) assert.equal(problem?.index, index)
    })
  }

  it('asks for the signature of each but the anchor', async () => {
    const path = [await leafUnder(domain, middleKey, ['www.shop.acme']), domain, root]
    for (const [index, certificate] of path.entries()) {
      const signature = Uint8Array.from(certificate.signature)
      signature[10] = (signature[10] as number) ^ 1
      const changed = path.with(index, { ...certificate, signature })
      const expected = index === 2 ? undefined : { code: 'signature-invalid', index }
      assert.deepEqual(checkChain(changed), expected)
    }
    const asked: Uint8Array[] = []
    checkChain(path, { check: (key) => asked.push(key) > 0 })
    assert.deepEqual(asked, [middleKey.publicKey, rootKey.publicKey])
  })

  it('bounds the path, and leaves time alone when it is not asked for', async () => {
    assert.equal(checkChain([])?.code, 'chain-length')
    assert.equal(checkChain(new Array<Certificate>(9).fill(root))?.code, 'chain-length')
    assert.equal(checkChain([await leafUnder(short, middleKey, ['a.acme']), short, root]), undefined)
  })

  it('refuses an issuer whose key it cannot check', async () => {
    const path = [await nodeUnder(root, ['a.ns.acme']), { ...root, publicKey: undefined }]
    assert.deepEqual(checkChain(path), { code: 'issuer-key-unknown', index: 0 })
  })
})

describe('openssl verify sees the same', { skip: skipWithout('openssl') }, () => {
  for (const { name, path, code, timeMs = nowMs, differs } of cases) {
    it(name, { skip: differs ?? false }, () => {
      const words = opensslVerify(path, timeMs)
      assert.equal(words === '', code === undefined, `${code ?? 'ok'}; openssl: ${words}`)
    })
  }
})
