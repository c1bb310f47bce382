import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkPublishedCertificate } from './published-certificate.ts'
import { dayMs, hostCertificate, keyOf, nowMs } from './testing/certificates.ts'

const key = keyOf(3)
const host = 'www.shop.acme'
const certificate = await hostCertificate([host], key, { nowMs, lifetimeMs: dayMs })
const { notBeforeMs, notAfterMs } = certificate
const good = { certificate: certificate.der, key: key.publicKey, host, blockTimeMs: nowMs }

describe('checkPublishedCertificate', () => {
  it('takes the certificate of the published key for its host', () => {
    assert.equal(checkPublishedCertificate(good), undefined)
  })

  it('refuses another key, whatever its type', () => {
    for (const other of [keyOf(4), keyOf(3, 'ed25519')]) {
      assert.equal(checkPublishedCertificate({ ...good, key: other.publicKey }), 'certificate-key-mismatch')
    }
  })

  it('refuses another host', () => {
    for (const other of ['shop.acme', 'a.shop.acme', 'www.shop.acme.', '']) {
      assert.equal(checkPublishedCertificate({ ...good, host: other }), 'certificate-host-mismatch')
    }
  })

  it('is valid from five minutes before its beginning, and not at its end', () => {
    const at = (blockTimeMs: number) => checkPublishedCertificate({ ...good, blockTimeMs })
    assert.equal(at(notBeforeMs - 300_001), 'certificate-not-yet-valid')
    assert.equal(at(notBeforeMs - 300_000), undefined)
    assert.equal(at(notAfterMs - 1), undefined)
    assert.equal(at(notAfterMs), 'certificate-expired')
  })

  it('refuses what is no certificate', () => {
    const trailing = Uint8Array.of(...certificate.der, 0)
    for (const bytes of [new Uint8Array(), trailing, certificate.der.subarray(1), new Uint8Array(100_000)]) {
      assert.equal(checkPublishedCertificate({ ...good, certificate: bytes }), 'certificate-malformed')
    }
  })

  it('names the first problem: form, key, host, time', () => {
    const wrong = { ...good, key: keyOf(4).publicKey, host: 'x', blockTimeMs: 0 }
    assert.equal(checkPublishedCertificate({ ...wrong, certificate: new Uint8Array() }), 'certificate-malformed')
    assert.equal(checkPublishedCertificate(wrong), 'certificate-key-mismatch')
    assert.equal(checkPublishedCertificate({ ...wrong, key: key.publicKey }), 'certificate-host-mismatch')
    assert.equal(checkPublishedCertificate({ ...wrong, key: key.publicKey, host }), 'certificate-not-yet-valid')
  })
})
