import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import type { TlsCredentials } from '../listen/tls.ts'

/** A certificate that its own key has signed, made by openssl, and its fingerprint as access lists have it. */
export interface TestCredentials extends TlsCredentials {
  readonly fingerprint: string
}

export function makeCredentials(host: string): TestCredentials {
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2']
  const text = execFileSync(
    'openssl',
    [...made, '-subj', `/CN=${host}`, '-addext', `subjectAltName=DNS:${host}`, '-keyout', '-', '-out', '-'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  )
  const start = text.indexOf('-----BEGIN CERTIFICATE-----')
  const [privateKey, certificate] = [text.slice(0, start), text.slice(start)]
  const { fingerprint256 } = new X509Certificate(certificate)
  return { certificate, privateKey, fingerprint: fingerprint256.replaceAll(':', '').toLowerCase() }
}
