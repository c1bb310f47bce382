import assert from 'node:assert/strict'
import { X509Certificate } from 'node:crypto'
import { describe, it } from 'node:test'
import { certificateCoversHost } from './host.ts'
import { hostCertificate } from './testing/certificates.ts'

/** Names of the certificate, host, whether it is covered. */
const cases: [string[], string, boolean][] = [
  [['www.shop.acme'], 'www.shop.acme', true],
  [['WWW.Shop.Acme'], 'www.shop.acme', true],
  [['a.acme', 'www.shop.acme'], 'www.shop.acme', true],
  [['shop.acme'], 'www.shop.acme', false],
  [['www.shop.acme'], 'shop.acme', false],
  [['*.shop.acme'], 'www.shop.acme', true],
  [['*.SHOP.acme'], 'www.shop.acme', true],
  [['*.shop.acme'], 'shop.acme', false],
  [['*.shop.acme'], 'a.www.shop.acme', false],
  [['*.shop.acme'], '.shop.acme', false],
  [['*.shop.acme'], 'www.shop.acme.evil', false],
  [['w*.shop.acme'], 'www.shop.acme', false],
  [['*w.shop.acme'], 'www.shop.acme', false],
  [['www.*.acme'], 'www.shop.acme', false],
  [['*.*.acme'], 'www.shop.acme', false],
  [['*.acme'], 'shop.acme', false],
  [['*'], 'acme', false],
  [['*.shop.acme'], 'xn--caf-dma.shop.acme', true],
  [['www.shop.acme.'], 'www.shop.acme', false],
]

describe('certificateCoversHost (RFC 9525 section 6.3)', () => {
  for (const [names, host, isCovered] of cases) {
    it(`${names.join()} ${isCovered ? 'covers' : 'does not cover'} ${host}`, async () => {
      const certificate = await hostCertificate(names)
      assert.equal(certificateCoversHost(certificate, host), isCovered)
      // What we accept, OpenSSL accepts, or published hosts would not be reachable.
      const theirs = new X509Certificate(certificate.der).checkHost(host, { partialWildcards: false, subject: 'never' })
      if (isCovered) assert.notEqual(theirs, undefined)
      else if (host !== '.shop.acme' && names[0] !== 'www.shop.acme.') assert.equal(theirs, undefined)
    })
  }

  it('covers a wildcard host by the same wildcard alone', async () => {
    assert(certificateCoversHost(await hostCertificate(['*.shop.acme']), '*.shop.acme'))
    assert(!certificateCoversHost(await hostCertificate(['www.shop.acme']), '*.shop.acme'))
    assert(!certificateCoversHost(await hostCertificate(['*.acme.internal']), '*.shop.acme.internal'))
  })

  it('does not look at the common name', async () => {
    const certificate = await hostCertificate(['other.acme'])
    const named = { ...certificate, subject: { ...certificate.subject, commonName: 'www.shop.acme' } }
    assert(!certificateCoversHost(named, 'www.shop.acme'))
    const bare = { ...named, extensions: { ...named.extensions, subjectAltName: undefined } }
    assert(!certificateCoversHost(bare, 'www.shop.acme'))
  })
})
