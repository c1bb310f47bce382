import { toHex } from '@cresset/core-codec'
import {
  type Members,
  membersEntry,
  type NodeEntry,
  nodeEntry,
  type StateView,
  stateKeys,
  validatorsAfter,
} from '@cresset/core-ledger'
import type { KnownNode } from '@cresset/network-membership'

/** All nodes on the ledger, sorted by name. */
export function readNodes(view: StateView): NodeEntry[] {
  const stored = view.get(stateKeys.members)
  const members: Members['members'] = stored === undefined ? [] : membersEntry.codec.decode(stored).members
  return members.map(({ node }) => {
    const entry = view.get(stateKeys.node(node))
    if (entry === undefined) throw new Error('invariant: every member has its entry')
    return nodeEntry.codec.decode(entry)
  })
}

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
