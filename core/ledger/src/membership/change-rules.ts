import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import type { ChangeKind, LedgerChange } from './change.ts'
import { addNode } from './rules/add-node.ts'
import { issueMoney } from './rules/issue-money.ts'
import { parameters } from './rules/parameters.ts'
import { removeNode } from './rules/remove-node.ts'
import type { ChangeRule } from './rules/rule.ts'
import { setNodeKeys } from './rules/set-node-keys.ts'
import { setNodeProperties } from './rules/set-node-properties.ts'
import { setZoneAnchors } from './rules/set-zone-anchors.ts'
import { upgrade } from './rules/upgrade.ts'
import { validatorIn } from './rules/validator-in.ts'
import { validatorOut } from './rules/validator-out.ts'

const rules: { readonly [K in ChangeKind]: ChangeRule<K> } = {
  addNode,
  removeNode,
  setNodeKeys,
  setNodeProperties,
  validatorIn,
  validatorOut,
  parameters,
  issueMoney,
  upgrade,
  setZoneAnchors,
}

/** Why a change is impossible as the state is, or undefined. */
export function changeProblem(context: BlockContext, { kind, body }: LedgerChange): Refusal | undefined {
  return (rules[kind] as ChangeRule<ChangeKind>).problem(context, body)
}

export function applyChange(context: BlockContext, { kind, body }: LedgerChange): void {
  ;(rules[kind] as ChangeRule<ChangeKind>).apply(context, body)
}
