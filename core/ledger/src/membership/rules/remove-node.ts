import { equalBytes } from '@cresset/core-codec'
import type { NodeEntry } from '../../entries/node.ts'
import { stakeEntry } from '../../entries/stake.ts'
import { beginUnbonding } from '../../stake/unbonding.ts'
import { stateKeys } from '../../state-keys.ts'
import { electorateOf, membersOf, nodeOf, removeNodeEntry } from '../nodes.ts'
import { syncValidator, validatorsWithout } from '../validating.ts'
import type { ChangeRule } from './rule.ts'

/** Takes a node out, also as validator. What its account has earned stays its own; its name is free, its keys are not. */
export const removeNode: ChangeRule<'removeNode'> = {
  problem(context, { node: id }) {
    const { state, nextParameters } = context
    const node = nodeOf(state, id)
    if (node === undefined) return 'node-unknown'
    const others = membersOf(state).filter((member) => !equalBytes(member.node, id))
    if (electorateOf(others, nextParameters.votingLevel).length === 0) return 'electorate-empty'
    return validatorsWithout(context, id).length === 0 ? 'last-validator' : undefined
  },
  apply(context, { node: id }) {
    const node = nodeOf(context.state, id) as NodeEntry
    syncValidator(context, { ...node, isValidator: false })
    removeNodeEntry(context, node)
    const stake = context.state.get(stakeEntry, stateKeys.stake(id))
    if (stake !== undefined && stake.bonded > 0n) beginUnbonding(context, stake, stake.bonded)
  },
}
