import { randomBytes } from 'node:crypto'
import {
  authorityPathLengths,
  authorityProblem,
  buildAuthorityCertificate,
  buildHostCertificate,
  type Certificate,
  type CertificateSigner,
  checkChain,
  isSignedBy,
  readCertificate,
} from '@cresset/core-certificates'
import { equalBytes, toHex } from '@cresset/core-codec'
import { codes, type Refusal } from '@cresset/core-ledger'
import { isSelfIssued } from './certificate-file.ts'
import { ClientError } from './exit-codes.ts'

/** What a certificate is for, read from it alone. */
export type CertificatePurpose =
  | { readonly kind: 'host'; readonly hosts: readonly string[] }
  | { readonly kind: 'domain' | 'delegated'; readonly subtree: string }

const refused = (code: string, message: string): ClientError => new ClientError('refused', code, message)

/** @throws ClientError `refused` when it is nothing that a name's authorities may issue */
export function purposeOf(certificate: Certificate, nowMs: number): CertificatePurpose {
  const { basicConstraints, nameConstraints, subjectAltName } = certificate.extensions
  if (!basicConstraints?.isAuthority) {
    const hosts = subjectAltName?.dnsNames ?? []
    const isOfHosts =
      hosts.length > 0 && subjectAltName?.ipAddresses.length === 0 && subjectAltName.otherTags.length === 0
    if (!isOfHosts) throw refused('certificate-host-mismatch', 'the certificate is for something else than hosts')
    return { kind: 'host', hosts }
  }
  const kind = basicConstraints.pathLength === authorityPathLengths.domain ? 'domain' : 'delegated'
  const subtree = nameConstraints?.permitted.dnsNames[0] ?? ''
  // What has ended can still be renewed.
  const blockTimeMs = Math.min(Math.max(nowMs, certificate.notBeforeMs), certificate.notAfterMs - 1)
  const problem = authorityProblem(certificate, { subtree, pathLength: authorityPathLengths[kind], blockTimeMs })
  if (problem !== undefined) throw refused(problem, meaningOf(problem))
  return { kind, subtree }
}

function meaningOf(code: Refusal): string {
  return `${codes[code].meaning} ${codes[code].remedy}`
}

export interface Issuing {
  /** The request: a certificate signed by its own key, or one that the same authority issued earlier. */
  readonly of: Certificate
  readonly issuer: Certificate
  readonly signer: CertificateSigner
  readonly nowMs: number
  readonly lifetimeMs?: number
}

/**
 * Issues what a request asks for: its key, its names, a new time. Whether the asker may have it is the caller's question.
 * @throws ClientError `refused` for a request without proof of its key, or one that clients would not take from this authority
 */
export async function issueCertificate({ of, issuer, signer, nowMs, lifetimeMs }: Issuing): Promise<Certificate> {
  const purpose = purposeOf(of, nowMs)
  const { publicKey } = of
  if (publicKey === undefined) throw refused('authority-key-unknown', meaningOf('authority-key-unknown'))
  if (!isSignedBy(of, isSelfIssued(of) ? publicKey : signer.publicKey))
    throw refused('request-unproven', 'neither its own key nor this authority signed the certificate')
  if (issuer.publicKey === undefined || !equalBytes(issuer.publicKey, signer.publicKey))
    throw refused('issuer-key-mismatch', 'the key is not that of the issuing certificate')
  const { isAuthority = false, pathLength = Number.POSITIVE_INFINITY } = issuer.extensions.basicConstraints ?? {}
  if (!isAuthority) throw refused('issuer-not-authority', `${describeSubject(issuer)} is no authority`)
  if (purpose.kind !== 'host' && pathLength <= authorityPathLengths[purpose.kind])
    throw refused('path-too-long', `${describeSubject(issuer)} may have no such authority below it`)
  const life = { nowMs, random: new Uint8Array(randomBytes(16)), ...(lifetimeMs === undefined ? {} : { lifetimeMs }) }
  const der =
    purpose.kind === 'host'
      ? await buildHostCertificate({ hosts: purpose.hosts, publicKey, issuer, ...life }, signer)
      : await buildAuthorityCertificate({ ...purpose, publicKey, issuer, ...life }, signer)
  const issued = readCertificate(der)
  const problem = checkChain([issued, issuer], { timeMs: nowMs })
  if (problem !== undefined)
    throw refused(problem.code, `clients would not take it from ${describeSubject(issuer)}: ${problem.code}`)
  return issued
}

/** For people: what a certificate calls itself. */
export function describeSubject({ subject, extensions }: Certificate): string {
  const subtree = extensions.nameConstraints?.permitted.dnsNames.join(', ')
  if (extensions.basicConstraints?.isAuthority && subtree) return `the authority of ${subtree}`
  return subject.commonName ?? `a certificate with the subject ${toHex(subject.der)}`
}
