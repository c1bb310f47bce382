import { compareBytes, equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import type { BlockContext } from '../block-context.ts'
import { nameNodesEntry } from '../entries/ledger.ts'
import { type Member, membersEntry, type NodeEntry, nodeEntry, nodeKeyEntry, rolesOf } from '../entries/node.ts'
import type { NodeChange } from '../events.ts'
import type { PreparedTransaction } from '../prepare.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'
import { keysOfNode } from './node-keys.ts'
import { sortedMembers } from './node-list.ts'

export function nodeOf(state: StateOverlay, id: Uint8Array): NodeEntry | undefined {
  return state.get(nodeEntry, stateKeys.node(id))
}

export function membersOf(state: StateOverlay): readonly Member[] {
  return state.require(membersEntry, stateKeys.members).members
}

/** Where a node's income goes. */
export function accountOfNode({ identityKey }: Pick<NodeEntry, 'identityKey'>): Uint8Array {
  return accountOf(identityKey)
}

/** The node in whose name the transaction speaks, or why it may not. */
export function nodeOfSigner(
  { state }: BlockContext,
  { transaction }: PreparedTransaction,
  id: Uint8Array,
): NodeEntry | 'node-unknown' | 'node-key-not-signer' {
  const node = nodeOf(state, id)
  if (node === undefined) return 'node-unknown'
  return transaction.signers.some((signer) => equalBytes(signer, node.identityKey)) ? node : 'node-key-not-signer'
}

/** Who votes on proposals at a level. */
export function electorateOf(members: readonly Member[], votingLevel: number): readonly Member[] {
  return members.filter(({ securityLevel }) => securityLevel >= votingLevel)
}

/** Writes a node and what lists it; tells that it changed. */
export function putNode(context: BlockContext, node: NodeEntry, change: NodeChange): void {
  const { state } = context
  const before = nodeOf(state, node.id)
  state.put(nodeEntry, stateKeys.node(node.id), node)
  const others = membersOf(state).filter((member) => !equalBytes(member.node, node.id))
  const { id, name, securityLevel } = node
  state.put(membersEntry, stateKeys.members, { members: sortedMembers([...others, { node: id, name, securityLevel }]) })
  for (const { hash, use } of keysOfNode(node)) {
    const key = stateKeys.nodeKey(hash)
    if (state.get(nodeKeyEntry, key) === undefined) state.put(nodeKeyEntry, key, { node: node.id, use })
  }
  listNameNode(state, before, node)
  context.events.push({ kind: 'nodesChanged', body: { node: id, nodeName: name, change } })
}

/** Takes a node out of everything but the register of keys. */
export function removeNodeEntry(context: BlockContext, node: NodeEntry): void {
  const { state } = context
  state.remove(nodeEntry, stateKeys.node(node.id))
  const members = membersOf(state).filter((member) => !equalBytes(member.node, node.id))
  state.put(membersEntry, stateKeys.members, { members })
  listNameNode(state, node, undefined)
  context.events.push({ kind: 'nodesChanged', body: { node: node.id, nodeName: node.name, change: 'removed' } })
}

function isNameNode(node: NodeEntry | undefined): node is NodeEntry {
  return node !== undefined && rolesOf(node.roleBits).includes('domain')
}

/** Keeps the list of accounts that share the name nodes' part of the income. */
function listNameNode(state: StateOverlay, before: NodeEntry | undefined, after: NodeEntry | undefined): void {
  const gone = isNameNode(before) ? accountOfNode(before) : undefined
  const come = isNameNode(after) ? accountOfNode(after) : undefined
  if (gone === undefined && come === undefined) return
  const { accounts } = state.require(nameNodesEntry, stateKeys.nameNodes)
  const kept = accounts.filter((account) => gone === undefined || !equalBytes(account, gone))
  const listed = come === undefined ? kept : [...kept, come]
  state.put(nameNodesEntry, stateKeys.nameNodes, { accounts: listed.sort(compareBytes) })
}
