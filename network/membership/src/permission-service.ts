import {
  buildNodeCertificate,
  buildRootCertificate,
  type Certificate,
  type CertificateSigner,
  checkNames,
  isSignedBy,
  readCertificate,
  tryReadCertificate,
} from '@cresset/core-certificates'
import { equalBytes } from '@cresset/core-codec'
import { type PublicKey, publicKeyProblem, sha256 } from '@cresset/core-crypto'
import { MembershipError } from './membership-error.ts'
import { checkZones, nodeHosts } from './node-names.ts'

export interface PermissionServiceOptions {
  /** DER. */
  readonly rootCertificate: Uint8Array
  /** Holds the root's key; may be a token. */
  readonly rootSigner: CertificateSigner
  readonly zones: readonly string[]
  readonly random: (bytes: number) => Uint8Array
}

export interface NodeCertificateOrder {
  /** One label. */
  readonly name: string
  /** Tagged key of the node's TLS; there is no signing request, the key on the ledger is the request. */
  readonly tlsKey: PublicKey
  readonly nowMs: number
  readonly lifetimeMs?: number
}

export interface IssuedNodeCertificate {
  readonly name: string
  readonly hosts: readonly string[]
  /** DER. */
  readonly certificate: Uint8Array
  /** SHA-256 of the DER: the `tlsFingerprint` of genesis and ledger. */
  readonly tlsFingerprint: Uint8Array
  readonly notAfterMs: number
}

/** Issues the TLS certificates of admitted nodes under the consortium's root. Keeps nothing: the ledger is the register. */
export class PermissionService {
  readonly rootCertificate: Uint8Array
  readonly #root: Certificate
  readonly #options: PermissionServiceOptions

  /** Throws `MembershipError` when root, signer and zones do not belong together. */
  constructor(options: PermissionServiceOptions) {
    this.rootCertificate = options.rootCertificate
    this.#options = options
    this.#root = checkRoot(options)
  }

  /** DER of a certificate for `<name>.ns.<zone>`, backdated by an hour. */
  async issueNodeCertificate(order: NodeCertificateOrder): Promise<IssuedNodeCertificate> {
    const hosts = nodeHosts(order.name, this.#options.zones)
    const problem = publicKeyProblem(order.tlsKey)
    if (problem !== undefined) throw new MembershipError('key-invalid', `TLS key of node ${order.name}: ${problem}`)
    const { nowMs, lifetimeMs } = order
    const certificate = await buildNodeCertificate(
      {
        hosts,
        publicKey: order.tlsKey,
        issuer: this.#root,
        nowMs,
        random: this.#options.random(16),
        ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
      },
      this.#options.rootSigner,
    )
    const { notAfterMs } = readCertificate(certificate)
    return { name: order.name, hosts, certificate, tlsFingerprint: sha256(certificate), notAfterMs }
  }
}

export interface RootOrder {
  /** Of the consortium; stands in the certificate's subject. */
  readonly name: string
  readonly zones: readonly string[]
  readonly nowMs: number
  readonly random: (bytes: number) => Uint8Array
  readonly lifetimeMs?: number
}

/** DER of the consortium's root: names in the zones only, no IP address, no path length limit. */
export function createRoot(order: RootOrder, rootSigner: CertificateSigner): Promise<Uint8Array> {
  const { name, nowMs, lifetimeMs } = order
  return buildRootCertificate(
    {
      subject: { organization: name, commonName: `${name} root` },
      zones: checkZones(order.zones),
      nowMs,
      random: order.random(16),
      ...(lifetimeMs === undefined ? {} : { lifetimeMs }),
    },
    rootSigner,
  )
}

function checkRoot({ rootCertificate, rootSigner, zones }: PermissionServiceOptions): Certificate {
  const refuse = (message: string): never => {
    throw new MembershipError('root-unfit', `root certificate: ${message}`)
  }
  const root = tryReadCertificate(rootCertificate)
  if (typeof root === 'string') return refuse(root)
  const { publicKey, extensions } = root
  if (publicKey === undefined || !equalBytes(publicKey, rootSigner.publicKey)) return refuse('not of the signing key')
  if (!isSignedBy(root, publicKey)) return refuse('its signature is wrong')
  const { basicConstraints, keyUsage, nameConstraints, subjectKeyIdentifier } = extensions
  if (!basicConstraints?.isAuthority || !keyUsage?.includes('keyCertSign')) return refuse('not an authority')
  if (subjectKeyIdentifier === undefined) return refuse('no subject key identifier')
  if (nameConstraints === undefined) return refuse('not constrained to the zones')
  const dnsNames = checkZones(zones).map((zone) => `node.ns.${zone}`)
  if (checkNames({ dnsNames, ipAddresses: [], otherTags: [] }, nameConstraints) !== undefined) {
    return refuse('its name constraints do not permit all zones')
  }
  return root
}
