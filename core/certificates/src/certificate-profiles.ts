import type { PublicKey } from '@cresset/core-crypto'
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
        authorityKeyIdentifier(request.issuer.extensions.subjectKeyIdentifier ?? keyIdentifierOf(signer.publicKey)),
      ],
    },
    signer,
  )
}

function issued(issuance: Issuance, defaultLifetimeMs: number) {
  return {
    serial: serialOf(issuance.random),
    notBeforeMs: issuance.nowMs - backdatingMs,
    notAfterMs: issuance.nowMs + (issuance.lifetimeMs ?? defaultLifetimeMs),
  }
}

// Nobody compares the common name, but people read it; ub-common-name is 64 characters (RFC 5280 appendix A.1).
function leafName(hosts: readonly string[]): Uint8Array {
  const fitting = hosts.find((host) => host.length <= 64)
  return buildDistinguishedName({ commonName: fitting ?? 'Cresset host' })
}
