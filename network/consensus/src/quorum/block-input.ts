import type { Block, Misbehaviour } from '@cresset/core-chain'
import type { BlockInput, Offence } from '../interface/index.ts'

/** A block as the application sees it. */
export function blockInputOf(block: Block): BlockInput {
  const { height, timeMs, proposer } = block.header
  const misbehaviour = block.misbehaviour.map(offenceOf)
  return { height, timeMs, proposer, transactions: block.transactions, misbehaviour }
}

function offenceOf({ kind, validator, height, view }: Misbehaviour): Offence {
  return { kind, validator, height, view }
}
