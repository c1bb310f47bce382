import type { Certificate } from './certificate.ts'
import type { NameConstraints } from './name-constraints.ts'
import { objectIdentifiers } from './object-identifier.ts'
import { checkValidity } from './published-certificate.ts'

/** Why a certificate may not be the authority of a name or of a delegated subtree. Leaf certificates have codes of their own. */
export type AuthorityProblem =
  /** CA:TRUE is missing: a leaf. */
  | 'authority-not-ca'
  /** keyCertSign is missing. */
  | 'authority-key-usage'
  /** No path length, or another one. */
  | 'authority-path-length'
  /** No name constraints, or they are not critical, so that verifiers may pass over them. */
  | 'authority-unconstrained'
  /** It permits something else than the subtree and nothing but the subtree. */
  | 'authority-subtree'
  /** It leaves IPv4 or IPv6 addresses free. Permitting DNS names alone does not exclude them. */
  | 'authority-addresses'
  /** A critical extension that verifiers may not know. */
  | 'authority-critical-extension'
  /** Its key is neither Ed25519 nor P-256. */
  | 'authority-key-unknown'
  | 'authority-not-yet-valid'
  | 'authority-expired'

export interface AuthorityRequirement {
  /** The DNS name which, with all names below, the authority may vouch for: lower case, no trailing dot. */
  readonly subtree: string
  /** Authorities that may stand below it: 1 for a name's domain certificate, 0 for a delegated subtree. */
  readonly pathLength: number
  readonly blockTimeMs: number
}

/** The path length of a name's own authority, and of one to which it delegates a subtree. */
export const authorityPathLengths = { domain: 1, delegated: 0 } as const

/** What agreement asks of a certificate that signs others, the first rule broken. Who signed it is another question. */
export function authorityProblem(
  certificate: Certificate,
  { subtree, pathLength, blockTimeMs }: AuthorityRequirement,
): AuthorityProblem | undefined {
  const { basicConstraints, keyUsage, nameConstraints, critical, unknownCritical } = certificate.extensions
  if (!basicConstraints?.isAuthority) return 'authority-not-ca'
  if (!keyUsage?.includes('keyCertSign')) return 'authority-key-usage'
  if (basicConstraints.pathLength !== pathLength) return 'authority-path-length'
  if (nameConstraints === undefined || !critical.includes(objectIdentifiers.nameConstraints))
    return 'authority-unconstrained'
  if (!permitsExactly(nameConstraints, subtree)) return 'authority-subtree'
  if (!excludesAddresses(nameConstraints)) return 'authority-addresses'
  if (unknownCritical.length > 0) return 'authority-critical-extension'
  if (certificate.publicKey === undefined) return 'authority-key-unknown'
  const validity = checkValidity(certificate, blockTimeMs)
  if (validity === undefined) return undefined
  return validity === 'certificate-expired' ? 'authority-expired' : 'authority-not-yet-valid'
}

function permitsExactly({ permitted }: NameConstraints, subtree: string): boolean {
  const { dnsNames, addressRanges, otherTags } = permitted
  return dnsNames.length === 1 && dnsNames[0] === subtree && addressRanges.length === 0 && otherTags.length === 0
}

/** Both 0.0.0.0/0 and ::/0 stand among the excluded ranges, in one piece each. */
function excludesAddresses({ excluded }: NameConstraints): boolean {
  return [4, 16].every((bytes) =>
    excluded.addressRanges.some(({ mask }) => mask.length === bytes && mask.every((byte) => byte === 0)),
  )
}
