import type { NodeEntry } from '../../entries/node.ts'
import { nodeOf, putNode } from '../nodes.ts'
import { syncValidator, validatorsWithout } from '../validating.ts'
import type { ChangeRule } from './rule.ts'

/** Ends that a node is a validator. It stays a node. */
export const validatorOut: ChangeRule<'validatorOut'> = {
  problem(context, { node: id }) {
    const node = nodeOf(context.state, id)
    if (node === undefined) return 'node-unknown'
    if (!node.isValidator) return 'validator-not'
    return validatorsWithout(context, id).length === 0 ? 'last-validator' : undefined
  },
  apply(context, { node: id }) {
    const node = { ...(nodeOf(context.state, id) as NodeEntry), isValidator: false, height: context.height }
    putNode(context, node, 'validator')
    syncValidator(context, node)
  },
}
