import { accountOf } from '@cresset/core-crypto'
import type { KeyUse, NodeEntry } from '../entries/node.ts'

/** The four kinds of keys that a node has. */
export type NodeKeys = Pick<NodeEntry, 'identityKey' | 'consensusKey' | 'tlsFingerprint' | 'dnsKeys'>

/** Every key of a node by the hash that the register of keys has it under. */
export function keysOfNode(keys: NodeKeys): { readonly hash: Uint8Array; readonly use: KeyUse }[] {
  return [
    { hash: accountOf(keys.identityKey), use: 'identity' },
    { hash: accountOf(keys.consensusKey), use: 'consensus' },
    { hash: keys.tlsFingerprint, use: 'tls' },
    ...keys.dnsKeys.map((key) => ({ hash: accountOf(key), use: 'dns' as const })),
  ]
}
