import { maxValidators, type NodeEntry } from '../../entries/node.ts'
import { nodeOf, putNode } from '../nodes.ts'
import { canValidate, syncValidator, validatorsWithout } from '../validating.ts'
import type { ChangeRule } from './rule.ts'

/** Makes a node a validator: it votes on the blocks from the next one but one on. */
export const validatorIn: ChangeRule<'validatorIn'> = {
  problem(context, { node: id }) {
    const node = nodeOf(context.state, id)
    if (node === undefined) return 'node-unknown'
    if (node.isValidator) return 'validator-already'
    if (!canValidate(node, context.nextParameters)) return 'validator-unfit'
    return validatorsWithout(context, id).length >= maxValidators ? 'too-many-validators' : undefined
  },
  apply(context, { node: id }) {
    const node = { ...(nodeOf(context.state, id) as NodeEntry), isValidator: true, height: context.height }
    putNode(context, node, 'validator')
    syncValidator(context, node)
  },
}
