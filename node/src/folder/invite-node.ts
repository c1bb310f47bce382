import { randomBytes } from 'node:crypto'
import type { CertificateSigner } from '@cresset/core-certificates'
import { chainIdOf, type Genesis, genesisDigest } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import { type NodeEntry, rolesOf } from '@cresset/core-ledger'
import {
  announcementFromJson,
  joiningFileToJson,
  joiningNodesMax,
  type NodeAnnouncement,
  PermissionService,
} from '@cresset/network-membership'
import { knownNodeOf } from '../ledger-nodes.ts'
import { asStartError, StartError } from '../start-error.ts'

export interface InvitationOrder {
  readonly genesis: Genesis
  /** All of the ledger at this height. */
  readonly nodes: readonly NodeEntry[]
  readonly height: number
  /** The node that is invited, and the root's key; without them the file is for any node. */
  readonly invited?: { readonly announcement: NodeAnnouncement; readonly rootSigner: CertificateSigner }
  readonly nowMs: number
  readonly lifetimeMs?: number | undefined
}

export interface Invitation {
  /** The joining file. */
  readonly json: string
  /** When the certificate in it ends. */
  readonly notAfterMs: number | undefined
}

/** Reads the file that `initNode` wrote on another machine. @throws StartError */
export function readInvited(json: string, source: string): NodeAnnouncement {
  try {
    return announcementFromJson(json, source)
  } catch (error) {
    throw asStartError(error)
  }
}

/** What a new machine must be told; issues the certificate of the node that is invited. @throws StartError */
export async function inviteNode(order: InvitationOrder): Promise<Invitation> {
  const { genesis, height, invited, nowMs, lifetimeMs } = order
  // Whoever may still be there when the file is used: first those who vote, then those who were there first.
  const nodes = [...order.nodes]
    .sort((a, b) => Number(votes(b)) - Number(votes(a)) || a.admittedHeight - b.admittedHeight)
    .slice(0, joiningNodesMax)
    .map(knownNodeOf)
  const common = {
    chainId: chainIdOf(genesis),
    genesisDigest: toHex(genesisDigest(genesis)),
    height,
    rootCertificate: genesis.rootCertificate,
    nodes,
  }
  if (invited === undefined)
    return { json: joiningFileToJson({ ...common, certificate: undefined }), notAfterMs: undefined }
  const { announcement, rootSigner } = invited
  if (order.nodes.some(({ name }) => name === announcement.name)) {
    throw new StartError('configuration', `the ledger has a node ${announcement.name}; the new one needs another name`)
  }
  try {
    const { rootCertificate, zones } = genesis
    const service = new PermissionService({
      rootCertificate,
      rootSigner,
      zones,
      random: (bytes) => new Uint8Array(randomBytes(bytes)),
    })
    const { name, tlsKey } = announcement
    const { certificate, notAfterMs } = await service.issueNodeCertificate({
      name,
      tlsKey,
      nowMs,
      ...(lifetimeMs !== undefined && { lifetimeMs }),
    })
    return { json: joiningFileToJson({ ...common, certificate }), notAfterMs }
  } catch (error) {
    throw asStartError(error)
  }
}

const votes = ({ roleBits }: NodeEntry): boolean => rolesOf(roleBits).includes('transaction')
