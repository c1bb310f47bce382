import { maxUnbondings, stakeEntry } from '../entries/stake.ts'
import { nodeOfSigner } from '../membership/nodes.ts'
import { syncValidator, validatorsWithout } from '../membership/validating.ts'
import { powerOfStake } from '../stake/power.ts'
import { beginUnbonding } from '../stake/unbonding.ts'
import { stateKeys } from '../state-keys.ts'
import type { Operation } from './operation.ts'

/** A node takes stake back; it arrives at its account when `unbondingMs` of ledger time have passed. */
export const unstake: Operation<'unstake'> = (context, prepared, { node: id, amount }) => {
  const { state, zones, parameters } = context
  if (zones.engine !== 'stake') return 'engine-without-stake'
  const node = nodeOfSigner(context, prepared, id)
  if (typeof node === 'string') return node
  if (amount === 0n) return 'amount-zero'
  const stake = state.get(stakeEntry, stateKeys.stake(id))
  if (stake === undefined || stake.bonded < amount) return 'stake-too-low'
  if (stake.unbonding.length >= maxUnbondings) return 'too-many-unbondings'
  const power = powerOfStake(stake.bonded - amount, parameters)
  if (node.isValidator && power === 0 && validatorsWithout(context, id).length === 0) return 'last-validator'

  const readyLedgerMs = beginUnbonding(context, stake, amount)
  syncValidator(context, node)
  context.events.push({ kind: 'unstaked', body: { node: id, amount, power, readyLedgerMs } })
  return 'ok'
}
