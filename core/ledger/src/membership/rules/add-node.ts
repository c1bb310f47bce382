import { maxNodes } from '../../entries/node.ts'
import { newNodeBytes } from '../change.ts'
import { isNodeName, keysProblem, propertiesProblem } from '../node-problem.ts'
import { accountOfNode, membersOf, putNode } from '../nodes.ts'
import type { ChangeRule } from './rule.ts'

/** Admits a node. It does not vote on blocks by that. */
export const addNode: ChangeRule<'addNode'> = {
  problem({ state, chainId, nextParameters }, node) {
    if (!isNodeName(node.nodeName)) return 'node-name-bad'
    const members = membersOf(state)
    if (members.some(({ name }) => name === node.nodeName)) return 'node-name-taken'
    if (members.length >= maxNodes) return 'too-many-nodes'
    return (
      propertiesProblem(node, nextParameters) ??
      keysProblem(state, node, { message: newNodeBytes(chainId, node), proofs: node.proofs }, undefined)
    )
  },
  apply(context, { proofs: _, nodeName, ...node }) {
    const { height } = context
    const entry = {
      ...node,
      id: accountOfNode(node),
      name: nodeName,
      isValidator: false,
      admittedHeight: height,
      height,
    }
    putNode(context, entry, 'admitted')
  },
}
