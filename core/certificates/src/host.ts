import { asciiLowerCase } from '@cresset/core-codec'
import type { Certificate } from './certificate.ts'

/**
 * Whether a dNSName of the certificate stands for `host` (lower case, A-labels, no trailing dot): RFC 9525 section 6. The
 * common name counts for nothing. `*` is the whole first label, stands for one label, and needs two labels behind it,
 * as in OpenSSL: `*.acme` would be a certificate for every name of a zone. A host that is itself a wildcard record
 * (`*.shop.acme`) is covered by the same wildcard alone.
 */
export function certificateCoversHost(certificate: Certificate, host: string): boolean {
  const names = certificate.extensions.subjectAltName?.dnsNames ?? []
  return names.some((name) => coversHost(asciiLowerCase(name), host))
}

function coversHost(name: string, host: string): boolean {
  if (!name.startsWith('*.')) return name === host
  const base = name.slice(1)
  if (base.includes('*') || !base.slice(1).includes('.')) return false
  if (name === host) return true
  const firstDot = host.indexOf('.')
  return firstDot > 0 && !host.startsWith('*') && host.slice(firstDot) === base
}
