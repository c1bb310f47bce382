import { equalBytes } from '@cresset/core-codec'
import { checkSignature } from '@cresset/core-crypto'
import type { Certificate } from './certificate.ts'
import { certificateLimits } from './certificate-limits.ts'
import { isSignedBy } from './certificate-signature.ts'
import { generalNameTags } from './general-names.ts'
import { checkNames, type NameConstraintProblem } from './name-constraints.ts'
import { checkValidity } from './published-certificate.ts'

export type ChainProblemCode =
  | NameConstraintProblem
  /** No certificate, or more than `certificateLimits.chainLength`. */
  | 'chain-length'
  /** Its issuer is not the subject of the next one, or the key identifiers differ. */
  | 'issuer-mismatch'
  /** The issuer's key is of a type that we do not check. */
  | 'issuer-key-unknown'
  | 'signature-invalid'
  /** CA:TRUE or keyCertSign is missing on a certificate that signs another. */
  | 'issuer-not-authority'
  /** More authorities below it than its path length allows. */
  | 'path-too-long'
  | 'critical-extension-unknown'
  | 'certificate-not-yet-valid'
  | 'certificate-expired'

export interface ChainProblem {
  readonly code: ChainProblemCode
  /** Position of the certificate at fault; for names: of the one that has the name. */
  readonly index: number
}

export interface ChainOptions {
  /** Validity is judged at this time, by the ledger's rule; left out: not judged. */
  readonly timeMs?: number
  readonly check?: (key: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean
}

/**
 * Judges a path from leaf to trust anchor (RFC 5280 section 6, without policies and revocation). The caller trusts the last
 * certificate by its bytes; its own signature is not looked at, its constraints bind. Costs come in order: forms and
 * names first, signatures last.
 */
export function checkChain(path: readonly Certificate[], options: ChainOptions = {}): ChainProblem | undefined {
  if (path.length === 0 || path.length > certificateLimits.chainLength) return { code: 'chain-length', index: 0 }
  for (const [index, certificate] of path.entries()) {
    const code = checkAlone(certificate, index, path, options) ?? checkConstraints(certificate, index, path)
    if (code !== undefined) return { code, index }
  }
  for (const [index, certificate] of path.entries()) {
    const issuerKey = path[index + 1]?.publicKey
    if (issuerKey === undefined) continue
    if (!isSignedBy(certificate, issuerKey, options.check ?? checkSignature))
      return { code: 'signature-invalid', index }
  }
  return undefined
}

function checkAlone(
  certificate: Certificate,
  index: number,
  path: readonly Certificate[],
  options: ChainOptions,
): ChainProblemCode | undefined {
  if (certificate.extensions.unknownCritical.length > 0) return 'critical-extension-unknown'
  const validity = options.timeMs === undefined ? undefined : checkValidity(certificate, options.timeMs)
  if (validity !== undefined) return validity
  if (index > 0) {
    const problem = checkAuthority(certificate, path.slice(1, index))
    if (problem !== undefined) return problem
  }
  const issuer = path[index + 1]
  if (issuer === undefined) return undefined
  if (!equalBytes(certificate.issuer.der, issuer.subject.der)) return 'issuer-mismatch'
  const { authorityKeyIdentifier } = certificate.extensions
  const { subjectKeyIdentifier } = issuer.extensions
  if (authorityKeyIdentifier !== undefined && subjectKeyIdentifier !== undefined) {
    if (!equalBytes(authorityKeyIdentifier, subjectKeyIdentifier)) return 'issuer-mismatch'
  }
  return issuer.publicKey === undefined ? 'issuer-key-unknown' : undefined
}

function checkAuthority(
  certificate: Certificate,
  authoritiesBelow: readonly Certificate[],
): ChainProblemCode | undefined {
  const { basicConstraints, keyUsage } = certificate.extensions
  if (!basicConstraints?.isAuthority || !keyUsage?.includes('keyCertSign')) return 'issuer-not-authority'
  const counted = authoritiesBelow.filter((authority) => !isSelfIssued(authority)).length
  return counted > (basicConstraints.pathLength ?? counted) ? 'path-too-long' : undefined
}

// A self-issued authority (a key change under one name) is exempt from constraints, a leaf never is (RFC 5280 6.1.3 b).
function checkConstraints(
  certificate: Certificate,
  index: number,
  path: readonly Certificate[],
): NameConstraintProblem | undefined {
  if (index > 0 && isSelfIssued(certificate)) return undefined
  const { subjectAltName } = certificate.extensions
  const hasSubject = certificate.subject.der.length > 2
  const names = {
    dnsNames: subjectAltName?.dnsNames ?? [],
    ipAddresses: subjectAltName?.ipAddresses ?? [],
    otherTags: [...(subjectAltName?.otherTags ?? []), ...(hasSubject ? [generalNameTags.directoryName] : [])],
  }
  for (const issuer of path.slice(index + 1)) {
    const constraints = issuer.extensions.nameConstraints
    const problem = constraints && checkNames(names, constraints)
    if (problem !== undefined) return problem
  }
  return undefined
}

function isSelfIssued(certificate: Certificate): boolean {
  return equalBytes(certificate.issuer.der, certificate.subject.der)
}
