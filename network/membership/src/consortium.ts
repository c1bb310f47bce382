import type { CertificateSigner } from '@cresset/core-certificates'
import type { GenesisNode } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { MembershipError } from './membership-error.ts'
import type { NodeAnnouncement } from './node-announcement.ts'
import { createRoot, type IssuedNodeCertificate, PermissionService } from './permission-service.ts'

export interface ConsortiumOrder {
  /** Of the consortium; stands in the root's subject. */
  readonly name: string
  readonly zones: readonly string[]
  readonly nodes: readonly NodeAnnouncement[]
  readonly nowMs: number
  readonly random: (bytes: number) => Uint8Array
  readonly rootSigner: CertificateSigner
}

export interface Consortium {
  /** DER. */
  readonly rootCertificate: Uint8Array
  /** In the order of the announcements. */
  readonly nodes: readonly ConsortiumNode[]
}

export interface ConsortiumNode extends IssuedNodeCertificate {
  /** The node's entry in genesis. */
  readonly entry: GenesisNode
}

/** The permission service's first work: a root for the zones and a certificate for each node. Writes nothing. */
export async function createConsortium(order: ConsortiumOrder): Promise<Consortium> {
  const { name, zones, nowMs, random, rootSigner } = order
  checkDistinct(order.nodes)
  const rootCertificate = await createRoot({ name, zones, nowMs, random }, rootSigner)
  const service = new PermissionService({ rootCertificate, rootSigner, zones, random })
  const nodes: ConsortiumNode[] = []
  for (const { tlsKey, ...announced } of order.nodes) {
    const issued = await service.issueNodeCertificate({ name: announced.name, tlsKey, nowMs })
    nodes.push({ ...issued, entry: { ...announced, tlsFingerprint: issued.tlsFingerprint } })
  }
  return { rootCertificate, nodes }
}

function checkDistinct(nodes: readonly NodeAnnouncement[]): void {
  const seen = new Set<string>()
  for (const node of nodes) {
    for (const mark of [`name ${node.name}`, `TLS key ${toHex(node.tlsKey)}`]) {
      if (seen.has(mark)) throw new MembershipError('node-repeated', `two nodes have the ${mark}: give each its own`)
      seen.add(mark)
    }
  }
}
