import { tryReadCertificate } from '@cresset/core-certificates'
import { equalBytes } from '@cresset/core-codec'

/**
 * Whether a certificate names an authority as its issuer, by name and key identifiers. Signatures are not checked: clients do that, and
 * both certificates are the words of one owner. DER.
 */
export function namesIssuer(certificate: Uint8Array, authority: Uint8Array): boolean {
  const leaf = tryReadCertificate(certificate)
  const issuer = tryReadCertificate(authority)
  if (typeof leaf === 'string' || typeof issuer === 'string') return false
  if (!equalBytes(leaf.issuer.der, issuer.subject.der)) return false
  const { authorityKeyIdentifier } = leaf.extensions
  const { subjectKeyIdentifier } = issuer.extensions
  if (authorityKeyIdentifier === undefined || subjectKeyIdentifier === undefined) return true
  return equalBytes(authorityKeyIdentifier, subjectKeyIdentifier)
}
