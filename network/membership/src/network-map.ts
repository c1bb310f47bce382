import { type GenesisNode, nodeIdOf } from '@cresset/core-chain'
import { toHex } from '@cresset/core-codec'
import type { PeerId } from '@cresset/network-transport'
import type { KnownNode } from './known-node.ts'
import { MembershipError } from './membership-error.ts'

/** Where the nodes are and how their links are recognized, sorted by id. */
export interface NetworkMap {
  readonly nodes: readonly MappedNode[]
}

export interface MappedNode {
  readonly id: PeerId
  readonly entry: GenesisNode
}

/** The map that these entries give, of genesis or of the ledger. */
export function networkMapOf(nodes: readonly GenesisNode[]): NetworkMap {
  const mapped = nodes.map((entry) => ({ id: toHex(nodeIdOf(entry)), entry }))
  return { nodes: mapped.sort((left, right) => (left.id < right.id ? -1 : left.id > right.id ? 1 : 0)) }
}

export function findNode(map: NetworkMap, name: string): MappedNode | undefined {
  return map.nodes.find((node) => node.entry.name === name)
}

/** What a link to a node needs, from its entry. */
export function knownNodeOf({ id, entry }: MappedNode): KnownNode {
  const { name, endpoints, tlsFingerprint } = entry
  return { id, name, agreement: endpoints.agreement, api: endpoints.api, tlsFingerprint: toHex(tlsFingerprint) }
}

/** `host:port` or `[address]:port`, as genesis checked it. */
export function parseHostPort(endpoint: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-f:]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(endpoint)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || !(port >= 1 && port <= 65_535)) {
    throw new MembershipError('announcement-malformed', `endpoint ${JSON.stringify(endpoint)}: write host:port`)
  }
  return { host, port }
}
