import { type Block, indexOfKey, type Misbehaviour, type ValidatorSet } from '@cresset/core-chain'
import type { BlockInput, Offence } from '../interface/index.ts'

/** A block as the application sees it. */
export function blockInputOf(block: Block, set: ValidatorSet): BlockInput {
  const { height, timeMs, proposer } = block.header
  const misbehaviour = block.misbehaviour.map((one) => offenceOf(one, set))
  return { height, timeMs, proposer, transactions: block.transactions, misbehaviour }
}

function offenceOf({ kind, validator, height, view }: Misbehaviour, set: ValidatorSet): Offence {
  const index = indexOfKey(set, validator)
  const account = index === undefined ? undefined : set.validators[index]?.account
  if (account === undefined) throw new Error('evidence against an unknown validator was accepted')
  return { kind, account, height, view }
}
