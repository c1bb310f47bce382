import assert from 'node:assert/strict'
import { test } from 'node:test'
import { utf8 } from '@cresset/core-codec'
import { keyPairSigner } from '@cresset/core-crypto'
import { skipWithout } from '../../../tools/system-tools.ts'
import { type AuthorityProblem, authorityPathLengths, authorityProblem } from './authority-certificate.ts'
import { type Certificate, readCertificate } from './certificate.ts'
import { buildAuthorityCertificate, buildHostCertificate } from './certificate-profiles.ts'
import { checkChain } from './chain.ts'
import { boolean, element, explicit, objectIdentifier, octetString, sequence } from './der-writer.ts'
import { basicConstraints, keyUsage, nameConstraints } from './extension-builder.ts'
import { objectIdentifiers } from './object-identifier.ts'
import { authority, dayMs, issue, keyOf, nowMs, rootFor, serial } from './testing/certificates.ts'
import { opensslVerify } from './testing/openssl.ts'

const [rootKey, domainKey, subKey, leafKey] = [keyOf(1), keyOf(2), keyOf(3), keyOf(4)] as const
const root = await rootFor(['acme'], rootKey)
const life = { nowMs, random: serial }

async function authorityOf(kind: 'domain' | 'delegated', subtree: string, issuer?: Certificate): Promise<Certificate> {
  const [key, issuerKey] = kind === 'domain' ? [domainKey, rootKey] : [subKey, domainKey]
  const request = { kind, subtree, publicKey: key.publicKey, ...life }
  const der = await (issuer === undefined
    ? buildAuthorityCertificate(request, keyPairSigner(key))
    : buildAuthorityCertificate({ ...request, issuer }, keyPairSigner(issuerKey)))
  return readCertificate(der)
}

const domain = await authorityOf('domain', 'shop.acme', root)
const delegated = await authorityOf('delegated', 't.shop.acme', domain)

async function hostUnder(issuer: Certificate, issuerKey: typeof subKey, host: string): Promise<Certificate> {
  const request = { hosts: [host], publicKey: leafKey.publicKey, issuer, ...life }
  return readCertificate(await buildHostCertificate(request, keyPairSigner(issuerKey)))
}

const domainRules = { subtree: 'shop.acme', pathLength: authorityPathLengths.domain, blockTimeMs: nowMs }
const delegatedRules = { subtree: 't.shop.acme', pathLength: authorityPathLengths.delegated, blockTimeMs: nowMs }

test('what we issue is what agreement asks for, also when it is signed by its own key', async () => {
  assert.equal(authorityProblem(domain, domainRules), undefined)
  assert.equal(authorityProblem(delegated, delegatedRules), undefined)
  assert.equal(authorityProblem(await authorityOf('domain', 'shop.acme'), domainRules), undefined)
})

/** nameConstraints from parts; `critical` false leaves the mark out. */
function constraints(permitted: Uint8Array[], excluded: Uint8Array[], critical = true): Uint8Array {
  const lists = [
    ...(permitted.length === 0 ? [] : [explicit(0, ...permitted.map((base) => sequence(base)))]),
    ...(excluded.length === 0 ? [] : [explicit(1, ...excluded.map((base) => sequence(base)))]),
  ]
  return sequence(
    objectIdentifier(objectIdentifiers.nameConstraints),
    ...(critical ? [boolean(true)] : []),
    octetString(sequence(...lists)),
  )
}
const dns = (name: string): Uint8Array => element(0x82, utf8(name))
const allIpv4 = element(0x87, new Uint8Array(8))
const allIpv6 = element(0x87, new Uint8Array(32))
const halfIpv4 = element(0x87, Uint8Array.of(0, 0, 0, 0, 0x80, 0, 0, 0))
const addressPermitted = element(0x87, Uint8Array.of(192, 0, 2, 1, 255, 255, 255, 255))
const mailbox = element(0x81, utf8('shop.acme'))
const shop = nameConstraints(['shop.acme'])

const broken: [string, AuthorityProblem, Uint8Array[]][] = [
  ['a leaf as issuer', 'authority-not-ca', [basicConstraints({ isAuthority: false }), keyUsage('keyCertSign')]],
  ['no basic constraints', 'authority-not-ca', [keyUsage('keyCertSign'), shop]],
  ['no key usage', 'authority-key-usage', [basicConstraints({ isAuthority: true, pathLength: 1 }), shop]],
  [
    'another key usage',
    'authority-key-usage',
    [basicConstraints({ isAuthority: true, pathLength: 1 }), keyUsage('digitalSignature', 'cRLSign'), shop],
  ],
  ['a longer path', 'authority-path-length', [...authority(2), shop]],
  ['any path', 'authority-path-length', [...authority(), shop]],
  ['a shorter path', 'authority-path-length', [...authority(0), shop]],
  ['no name constraints', 'authority-unconstrained', authority(1)],
  [
    'name constraints that a verifier may pass over',
    'authority-unconstrained',
    [...authority(1), constraints([dns('shop.acme')], [allIpv4, allIpv6], false)],
  ],
  ['a wider subtree', 'authority-subtree', [...authority(1), nameConstraints(['acme'])]],
  ['a narrower subtree', 'authority-subtree', [...authority(1), nameConstraints(['www.shop.acme'])]],
  ['another subtree', 'authority-subtree', [...authority(1), nameConstraints(['bank.acme'])]],
  ['one subtree more', 'authority-subtree', [...authority(1), nameConstraints(['shop.acme', 'bank.acme'])]],
  ['every name', 'authority-subtree', [...authority(1), constraints([dns('')], [allIpv4, allIpv6])]],
  ['nothing permitted, so all names', 'authority-subtree', [...authority(1), constraints([], [allIpv4, allIpv6])]],
  [
    'an address permitted beside the name',
    'authority-subtree',
    [...authority(1), constraints([dns('shop.acme'), addressPermitted], [allIpv4, allIpv6])],
  ],
  [
    'a mailbox permitted beside the name',
    'authority-subtree',
    [...authority(1), constraints([dns('shop.acme'), mailbox], [allIpv4, allIpv6])],
  ],
  ['no address excluded', 'authority-addresses', [...authority(1), constraints([dns('shop.acme')], [])]],
  ['IPv6 not excluded', 'authority-addresses', [...authority(1), constraints([dns('shop.acme')], [allIpv4])]],
  ['IPv4 not excluded', 'authority-addresses', [...authority(1), constraints([dns('shop.acme')], [allIpv6])]],
  [
    'half of IPv4 excluded',
    'authority-addresses',
    [...authority(1), constraints([dns('shop.acme')], [halfIpv4, allIpv6])],
  ],
  [
    'a critical extension that nobody knows',
    'authority-critical-extension',
    [...authority(1), shop, sequence(objectIdentifier('1.2.3.4'), boolean(true), octetString(Uint8Array.of(5, 0)))],
  ],
]

for (const [words, problem, extensions] of broken) {
  test(`${words}: ${problem}`, async () => {
    const certificate = await issue({
      issuer: root,
      issuerKey: rootKey,
      subject: 'shop.acme',
      key: domainKey,
      extensions,
    })
    assert.equal(authorityProblem(certificate, domainRules), problem)
  })
}

test('the subtree is compared as a whole: a longer path or a wider subtree for a delegated one', () => {
  assert.equal(authorityProblem(domain, delegatedRules), 'authority-path-length')
  assert.equal(authorityProblem(domain, { ...delegatedRules, pathLength: 1 }), 'authority-subtree')
  assert.equal(authorityProblem(delegated, { ...delegatedRules, subtree: 'shop.acme' }), 'authority-subtree')
})

test('validity is that of published certificates: 5 minutes early, not at its end', async () => {
  const at = (blockTimeMs: number) => authorityProblem(domain, { ...domainRules, blockTimeMs })
  assert.equal(at(domain.notBeforeMs - 300_000), undefined)
  assert.equal(at(domain.notBeforeMs - 300_001), 'authority-not-yet-valid')
  assert.equal(at(domain.notAfterMs - 1), undefined)
  assert.equal(at(domain.notAfterMs), 'authority-expired')
})

test('a key that we do not check is refused', () => {
  assert.equal(authorityProblem({ ...domain, publicKey: undefined }, domainRules), 'authority-key-unknown')
})

test('nothing that an authority issues outlives it', async () => {
  const short = readCertificate(
    await buildAuthorityCertificate(
      {
        kind: 'domain',
        subtree: 'shop.acme',
        publicKey: domainKey.publicKey,
        issuer: root,
        lifetimeMs: 5 * dayMs,
        ...life,
      },
      keyPairSigner(rootKey),
    ),
  )
  const under = await authorityOf('delegated', 't.shop.acme', short)
  assert.equal(under.notAfterMs, short.notAfterMs)
  assert.equal((await hostUnder(under, subKey, 'a.t.shop.acme')).notAfterMs, short.notAfterMs)
})

const chainOf = async (host: string) => [await hostUnder(delegated, subKey, host), delegated, domain, root]

test('root, domain, sub-level, leaf: the chain holds for its subtree and nothing else', async () => {
  for (const host of ['t.shop.acme', 'a.t.shop.acme', '*.t.shop.acme'])
    assert.equal(checkChain(await chainOf(host), { timeMs: nowMs }), undefined, host)
  for (const host of ['shop.acme', 'www.shop.acme', 'bank.acme', 'xt.shop.acme'])
    assert.equal(checkChain(await chainOf(host), { timeMs: nowMs })?.code, 'name-not-permitted', host)
})

test('OpenSSL says the same of the chain', { skip: skipWithout('openssl') }, async () => {
  assert.equal(opensslVerify(await chainOf('a.t.shop.acme'), nowMs, 'a.t.shop.acme'), '')
  assert.match(opensslVerify(await chainOf('bank.acme'), nowMs), /permitted subtree violation/)
})
