import { equalBytes } from '@cresset/core-codec'
import type { BlockContext } from '../block-context.ts'
import { type LedgerValidator, type NodeEntry, rolesOf } from '../entries/node.ts'
import type { LedgerParameters } from '../parameters.ts'
import { powerOfNode } from '../stake/power.ts'
import { accountOfNode } from './nodes.ts'
import { newestValidators, putValidators } from './validators.ts'

/** Whether roles and level allow a node to be made a validator. */
export function canValidate(
  { roleBits, securityLevel }: Pick<NodeEntry, 'roleBits' | 'securityLevel'>,
  { votingLevel }: Pick<LedgerParameters, 'votingLevel'>,
): boolean {
  return rolesOf(roleBits).includes('transaction') && securityLevel >= votingLevel
}

/** The newest set but for one node. */
export function validatorsWithout({ state }: BlockContext, id: Uint8Array): readonly LedgerValidator[] {
  return newestValidators(state).filter(({ nodeId }) => !equalBytes(nodeId, id))
}

/** Writes what the node as it is now means for the newest set. */
export function syncValidator(context: BlockContext, node: NodeEntry): void {
  const { state, zones, parameters } = context
  const powerOf = (id: Uint8Array): number => powerOfNode(state, id, zones.engine, parameters)
  const earned = node.isValidator ? powerOf(node.id) : 0
  const present = validatorsWithout(context, node.id)
  // One that stayed only because it was the last, and so is alone, goes when another one comes.
  const others = earned > 0 && present.length === 1 ? present.filter(({ nodeId }) => powerOf(nodeId) > 0) : present
  // Who is the last and has lost all its stake stays: somebody must vote on blocks.
  const power = earned === 0 && others.length === 0 ? 1 : earned
  const own = { key: node.consensusKey, power, nodeId: node.id, account: accountOfNode(node) }
  putValidators(state, power === 0 ? others : [...others, own])
}
