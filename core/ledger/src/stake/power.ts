import type { LedgerEngine } from '../entries/ledger.ts'
import { stakeEntry } from '../entries/stake.ts'
import type { LedgerParameters } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'

/** No validator has more, so that 128 of them add up within 2^53. core/chain has the same limit. */
export const mostPower = 2 ** 46 - 1

/** Power that a stake gives. */
export function powerOfStake(bonded: bigint, { stakeUnit }: Pick<LedgerParameters, 'stakeUnit'>): number {
  const power = bonded / stakeUnit
  return power > BigInt(mostPower) ? mostPower : Number(power)
}

/** Power that a node has as validator: by its stake, or 1 where heads are counted. */
export function powerOfNode(
  state: StateOverlay,
  id: Uint8Array,
  engine: LedgerEngine,
  parameters: Pick<LedgerParameters, 'stakeUnit'>,
): number {
  if (engine !== 'stake') return 1
  return powerOfStake(state.get(stakeEntry, stateKeys.stake(id))?.bonded ?? 0n, parameters)
}
