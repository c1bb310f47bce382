import type { PublicKey } from '@cresset/core-crypto'
import { authorityPathLengths } from './authority-certificate.ts'
import { buildCertificate, type CertificateSigner, serialOf } from './build-certificate.ts'
import type { Certificate } from './certificate.ts'
import { buildDistinguishedName, type DistinguishedNameParts } from './distinguished-name.ts'
import {
  authorityKeyIdentifier,
  basicConstraints,
  extendedKeyUsage,
  keyIdentifierOf,
  keyUsage,
  nameConstraints,
  subjectAltName,
  subjectKeyIdentifier,
} from './extension-builder.ts'
import { objectIdentifiers } from './object-identifier.ts'

/** What we issue begins this long before it is made: the clocks of those who check it differ. */
export const backdatingMs = 3_600_000

const dayMs = 86_400_000

/** Life spans counted from the making. Stock clients refuse server certificates of more than 398 days. */
export const lifetimesMs = {
  root: 20 * 365 * dayMs,
  node: 397 * dayMs,
  host: 397 * dayMs,
  domain: 3 * 365 * dayMs,
  delegated: 397 * dayMs,
} as const

interface Issuance {
  readonly nowMs: number
  /** 16 random bytes for the serial number. */
  readonly random: Uint8Array
  readonly lifetimeMs?: number
}

export interface SelfSignedHostRequest extends Issuance {
  /** Lower case; `*.` in front for a wildcard record. */
  readonly hosts: readonly string[]
}

/** A host's own certificate, signed by its key: for `publish` and TLSA 3 1 1, and as its own anchor (`curl --cacert`). */
export function buildSelfSignedHostCertificate(
  request: SelfSignedHostRequest,
  signer: CertificateSigner,
): Promise<Uint8Array> {
  const name = leafName(request.hosts)
  return buildCertificate(
    {
      ...issued(request, lifetimesMs.host),
      issuer: name,
      subject: name,
      publicKey: signer.publicKey,
      extensions: [
        basicConstraints({ isAuthority: false }),
        keyUsage('digitalSignature'),
        extendedKeyUsage(objectIdentifiers.serverAuthentication),
        subjectAltName(request.hosts),
        subjectKeyIdentifier(keyIdentifierOf(signer.publicKey)),
      ],
    },
    signer,
  )
}

export interface RootRequest extends Issuance {
  readonly subject: DistinguishedNameParts
  /** Lower case. The root can vouch for these zones, all below them, and nothing else. */
  readonly zones: readonly string[]
}

/** The consortium's root: constrained to the zones, no IP address, no path length limit. */
export function buildRootCertificate(request: RootRequest, signer: CertificateSigner): Promise<Uint8Array> {
  const name = buildDistinguishedName(request.subject)
  return buildCertificate(
    {
      ...issued(request, lifetimesMs.root),
      issuer: name,
      subject: name,
      publicKey: signer.publicKey,
      extensions: [
        basicConstraints({ isAuthority: true }),
        keyUsage('keyCertSign', 'cRLSign'),
        nameConstraints(request.zones),
        subjectKeyIdentifier(keyIdentifierOf(signer.publicKey)),
      ],
    },
    signer,
  )
}

export interface NodeCertificateRequest extends Issuance {
  /** `<node>.ns.<zone>`, one for each zone. */
  readonly hosts: readonly string[]
  readonly publicKey: PublicKey
  readonly issuer: Certificate
}

/** A node's TLS certificate: server and client of links, server of API and DNS over TLS. */
export function buildNodeCertificate(request: NodeCertificateRequest, signer: CertificateSigner): Promise<Uint8Array> {
  return buildCertificate(
    {
      ...issued(request, lifetimesMs.node),
      issuer: request.issuer.subject.der,
      subject: leafName(request.hosts),
      publicKey: request.publicKey,
      extensions: [
        basicConstraints({ isAuthority: false }),
        keyUsage('digitalSignature'),
        extendedKeyUsage(objectIdentifiers.serverAuthentication, objectIdentifiers.clientAuthentication),
        subjectAltName(request.hosts),
        subjectKeyIdentifier(keyIdentifierOf(request.publicKey)),
        authorityKeyIdentifier(issuerKeyIdentifier(request.issuer, signer)),
      ],
    },
    signer,
  )
}

export interface HostCertificateRequest extends Issuance {
  /** Lower case; `*.` in front for a wildcard. */
  readonly hosts: readonly string[]
  readonly publicKey: PublicKey
  readonly issuer: Certificate
}

/** A host's certificate under an authority: the domain certificate of its name, or that of a delegated subtree. */
export function buildHostCertificate(request: HostCertificateRequest, signer: CertificateSigner): Promise<Uint8Array> {
  return buildCertificate(
    {
      ...issued(request, lifetimesMs.host, request.issuer),
      issuer: request.issuer.subject.der,
      subject: leafName(request.hosts),
      publicKey: request.publicKey,
      extensions: [
        basicConstraints({ isAuthority: false }),
        keyUsage('digitalSignature'),
        extendedKeyUsage(objectIdentifiers.serverAuthentication),
        subjectAltName(request.hosts),
        subjectKeyIdentifier(keyIdentifierOf(request.publicKey)),
        authorityKeyIdentifier(issuerKeyIdentifier(request.issuer, signer)),
      ],
    },
    signer,
  )
}

export interface AuthorityCertificateRequest extends Issuance {
  /** `domain`: of a name, path length 1. `delegated`: of a subtree below it, path length 0. */
  readonly kind: 'domain' | 'delegated'
  /** Lower case. It can vouch for this name, all below it, and nothing else. */
  readonly subtree: string
  readonly publicKey: PublicKey
  /** Left out: signed by its own key, which is also how its holder asks another authority for one. */
  readonly issuer?: Certificate
}

/** The authority of a name, or of a subtree that the name delegates. It never outlives its issuer. */
export function buildAuthorityCertificate(
  request: AuthorityCertificateRequest,
  signer: CertificateSigner,
): Promise<Uint8Array> {
  const { kind, subtree, publicKey, issuer } = request
  const name = authorityName(subtree)
  const authorityKey = issuer && [authorityKeyIdentifier(issuerKeyIdentifier(issuer, signer))]
  return buildCertificate(
    {
      ...issued(request, lifetimesMs[kind], issuer),
      issuer: issuer?.subject.der ?? name,
      subject: name,
      publicKey,
      extensions: [
        basicConstraints({ isAuthority: true, pathLength: authorityPathLengths[kind] }),
        keyUsage('keyCertSign', 'cRLSign'),
        nameConstraints([subtree]),
        subjectKeyIdentifier(keyIdentifierOf(publicKey)),
        ...(authorityKey ?? []),
      ],
    },
    signer,
  )
}

function issuerKeyIdentifier(issuer: Certificate, signer: CertificateSigner): Uint8Array {
  return issuer.extensions.subjectKeyIdentifier ?? keyIdentifierOf(signer.publicKey)
}

function issued(issuance: Issuance, defaultLifetimeMs: number, issuer?: Certificate) {
  const notAfterMs = issuance.nowMs + (issuance.lifetimeMs ?? defaultLifetimeMs)
  return {
    serial: serialOf(issuance.random),
    notBeforeMs: issuance.nowMs - backdatingMs,
    notAfterMs: Math.min(notAfterMs, issuer?.notAfterMs ?? notAfterMs),
  }
}

// Nobody compares the common name, but people read it; ub-common-name is 64 characters (RFC 5280 appendix A.1).
function leafName(hosts: readonly string[]): Uint8Array {
  const fitting = hosts.find((host) => host.length <= 64)
  return buildDistinguishedName({ commonName: fitting ?? 'Cresset host' })
}

// Never the name of a leaf: a host whose subject is its issuer's would look self-issued. ub-organization-name is 64 too.
function authorityName(subtree: string): Uint8Array {
  return buildDistinguishedName({ organization: subtree.slice(-64), commonName: 'Cresset authority' })
}
