import { toHex } from '@cresset/core-codec'
import { type NodeEntry, type StateView, validatorsAfter } from '@cresset/core-ledger'
import type { KnownNode } from '@cresset/network-membership'

export function knownNodeOf({ id, name, endpoints, tlsFingerprint }: NodeEntry): KnownNode {
  return {
    id: toHex(id),
    name,
    agreement: endpoints.agreement,
    api: endpoints.api,
    tlsFingerprint: toHex(tlsFingerprint),
  }
}

/** Ids of those who vote on one of the next two blocks, in hex. */
export function votingNodes(view: StateView): ReadonlySet<string> {
  const { next, afterNext } = validatorsAfter(view)
  return new Set([...next, ...afterNext].map(({ nodeId }) => toHex(nodeId)))
}
