import { type QuorumRule, type Validator, type ValidatorSet, validatorSet } from '@cresset/core-chain'
import { equalBytes } from '@cresset/core-codec'
import { type StateView, validatorsAfter } from '@cresset/core-ledger'

/** Who decides the two heights after a state. */
export interface SetsAhead {
  readonly next: ValidatorSet
  readonly afterNext: ValidatorSet
}

/** As the state has them. A set that is one of the `known` stays the same object: who uses it computed things from it. */
export function setsAhead(state: StateView, rule: QuorumRule, known?: SetsAhead): SetsAhead {
  const lists = validatorsAfter(state)
  const kept = known === undefined ? [] : [known.next, known.afterNext]
  const next = setOf(lists.next, rule, kept)
  return { next, afterNext: setOf(lists.afterNext, rule, [next, ...kept]) }
}

function setOf(list: readonly Validator[], rule: QuorumRule, known: readonly ValidatorSet[]): ValidatorSet {
  return known.find(({ validators }) => isSameList(validators, list)) ?? validatorSet(list, rule)
}

function isSameList(a: readonly Validator[], b: readonly Validator[]): boolean {
  return (
    a.length === b.length &&
    a.every((one, index) => {
      const other = b[index] as Validator
      return (
        one.power === other.power &&
        equalBytes(one.key, other.key) &&
        equalBytes(one.nodeId, other.nodeId) &&
        equalBytes(one.account, other.account)
      )
    })
  )
}
