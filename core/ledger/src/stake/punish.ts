import { accountOf, type PublicKey } from '@cresset/core-crypto'
import { creditTreasury } from '../accounts.ts'
import type { BlockContext } from '../block-context.ts'
import { type NodeEntry, nodeKeyEntry } from '../entries/node.ts'
import { replacedKeyEntry, type Stake, stakeEntry } from '../entries/stake.ts'
import type { OffenceKind } from '../events.ts'
import { nodeOf, putNode } from '../membership/nodes.ts'
import { syncValidator, validatorsWithout } from '../membership/validating.ts'
import { stateKeys } from '../state-keys.ts'

/** Two votes of one consensus key that contradict each other; the engine has checked both signatures. */
export interface Offence {
  readonly kind: OffenceKind
  /** Consensus key, also one that its node has no more. */
  readonly validator: PublicKey
  /** Of the votes. */
  readonly height: number
  readonly view: number
}

/**
 * Tells of proven contradictions. Where power comes from stake, the node whose key it is or was loses a part of it, also of what is on
 * its way back, and is no validator any more. All it signed until it is out of the set is one offence. A key that was replaced, perhaps
 * because it was stolen, accuses nobody of votes that it could not cast any more.
 */
export function punish(context: BlockContext, offences: readonly Offence[]): void {
  const { state, zones } = context
  for (const { kind, validator, height, view } of offences) {
    const keyHash = accountOf(validator)
    const owner = state.get(nodeKeyEntry, stateKeys.nodeKey(keyHash))
    if (owner === undefined || owner.use !== 'consensus') continue
    const replaced = state.get(replacedKeyEntry, stateKeys.replacedKey(keyHash))
    if (replaced !== undefined && height >= replaced.fromHeight) continue
    const stake = zones.engine === 'stake' ? state.get(stakeEntry, stateKeys.stake(owner.node)) : undefined
    if (stake !== undefined && height < stake.punishedBelow) continue
    const lost = stake === undefined ? 0n : slash(context, stake)
    context.events.push({ kind: 'misbehaviourProven', body: { node: owner.node, offence: kind, height, view, lost } })
    if (stake !== undefined) dismiss(context, owner.node)
  }
}

function slash({ state, parameters, height }: BlockContext, stake: Stake): bigint {
  const left = (amount: bigint): bigint => amount - (amount * BigInt(parameters.slashPercent)) / 100n
  const after: Stake = {
    ...stake,
    bonded: left(stake.bonded),
    unbonding: stake.unbonding.map((part) => ({ ...part, amount: left(part.amount) })),
    // The set without it votes from the block after the next one on.
    punishedBelow: height + 2,
  }
  state.put(stakeEntry, stateKeys.stake(stake.node), after)
  const lost = sumOf(stake) - sumOf(after)
  creditTreasury(state, lost)
  return lost
}

export function sumOf({ bonded, unbonding }: Pick<Stake, 'bonded' | 'unbonding'>): bigint {
  return unbonding.reduce((sum, { amount }) => sum + amount, bonded)
}

/** It can be voted in again. The last one stays: without it nobody could vote on blocks. */
function dismiss(context: BlockContext, id: Uint8Array): void {
  const node: NodeEntry | undefined = nodeOf(context.state, id)
  if (node === undefined || !node.isValidator) return
  const isLast = validatorsWithout(context, id).length === 0
  const after = { ...node, isValidator: isLast, height: context.height }
  if (!isLast) putNode(context, after, 'validator')
  syncValidator(context, after)
}
