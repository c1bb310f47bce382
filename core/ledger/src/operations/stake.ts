import { accountAt, debitAt } from '../accounts.ts'
import { maxValidators } from '../entries/node.ts'
import { stakeEntry } from '../entries/stake.ts'
import { accountOfNode, nodeOfSigner } from '../membership/nodes.ts'
import { syncValidator, validatorsWithout } from '../membership/validating.ts'
import { powerOfNode } from '../stake/power.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/** The payer gives a node stake; from then on it is the node's. */
export const stake: Operation<'stake'> = (context, prepared, { node: id, amount }) => {
  const { state, zones, parameters } = context
  if (zones.engine !== 'stake') return 'engine-without-stake'
  const node = nodeOfSigner(context, prepared, id)
  if (typeof node === 'string') return node
  if (amount === 0n) return 'amount-zero'
  if (accountAt(state, prepared.senderKey).balance < amount) return 'balance-too-low'
  if (node.isValidator && validatorsWithout(context, id).length >= maxValidators) return 'too-many-validators'

  debitAt(state, prepared.senderKey, amount)
  const key = stateKeys.stake(id)
  const before = state.get(stakeEntry, key) ?? {
    node: id,
    account: accountOfNode(node),
    bonded: 0n,
    unbonding: [],
    punishedBelow: 0,
  }
  state.put(stakeEntry, key, { ...before, bonded: before.bonded + amount })
  syncValidator(context, node)
  const power = powerOfNode(state, id, zones.engine, parameters)
  context.events.push({ kind: 'staked', body: { node: id, from: prepared.sender, amount, power } })
  return 'ok'
}
