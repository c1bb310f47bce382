import { equalBytes } from '@cresset/core-codec'
import type { NodeEntry } from '../../entries/node.ts'
import { propertiesProblem } from '../node-problem.ts'
import { electorateOf, membersOf, nodeOf, putNode } from '../nodes.ts'
import { canValidate } from '../validating.ts'
import type { ChangeRule } from './rule.ts'

/** Roles, security level and endpoints of a node. */
export const setNodeProperties: ChangeRule<'setNodeProperties'> = {
  problem({ state, nextParameters }, properties) {
    const node = nodeOf(state, properties.node)
    if (node === undefined) return 'node-unknown'
    const problem = propertiesProblem(properties, nextParameters)
    if (problem !== undefined) return problem
    if (isSame(node, properties)) return 'nothing-changes'
    // Those whom genesis made validators below the level stay what they are until their level or roles change.
    const loses = properties.roleBits !== node.roleBits || properties.securityLevel < node.securityLevel
    if (node.isValidator && loses && !canValidate(properties, nextParameters)) return 'node-is-validator'
    const { node: id, securityLevel } = properties
    const members = membersOf(state).map((member) =>
      equalBytes(member.node, id) ? { ...member, securityLevel } : member,
    )
    return electorateOf(members, nextParameters.votingLevel).length === 0 ? 'electorate-empty' : undefined
  },
  apply(context, { node: id, roleBits, securityLevel, endpoints }) {
    const before = nodeOf(context.state, id) as NodeEntry
    putNode(context, { ...before, roleBits, securityLevel, endpoints, height: context.height }, 'properties')
  },
}

type Properties = Pick<NodeEntry, 'roleBits' | 'securityLevel' | 'endpoints'>

function isSame(a: Properties, b: Properties): boolean {
  const names = ['agreement', 'api', 'dns'] as const
  const sameEndpoints = names.every((name) => a.endpoints[name] === b.endpoints[name])
  return a.roleBits === b.roleBits && a.securityLevel === b.securityLevel && sameEndpoints
}
