import { feeFundEntry } from './entries/lease.ts'
import { isByTerm, type LedgerParameters, parametersEntry, parametersProblem } from './parameters.ts'
import { stateKeys } from './state-keys.ts'
import { StateOverlay } from './state-overlay.ts'
import type { Change, StateView } from './state-view.ts'

/** What cannot change while deposits are counted in it, in a line; undefined when the step is possible. */
export function parameterStepProblem(before: LedgerParameters, after: LedgerParameters): string | undefined {
  if (after.quantum !== before.quantum) return 'quantum cannot change on a running ledger: deposits are counted in it'
  if (after.currencyDecimals !== before.currencyDecimals) return 'currencyDecimals cannot change on a running ledger'
  if (isByTerm(after) !== isByTerm(before)) return 'names cannot change between deposits and terms'
  return parametersProblem(after)
}

/**
 * Entries that change when other parameters hold from the next block on. A rate acts from the last fee block on. What was
 * accrued of the next quantum stays the same part of it when the period changes: counted in milliseconds of a longer
 * period it would be whole quanta of a shorter one. Throws RangeError with `parameterStepProblem`.
 */
export function changeParameters(view: StateView, after: LedgerParameters): Change[] {
  const state = new StateOverlay(view)
  putParameters(state, after)
  return state.changes()
}

/** The same within a block; its fee block must be done. Throws RangeError with `parameterStepProblem`. */
export function putParameters(state: StateOverlay, after: LedgerParameters): void {
  const before = state.require(parametersEntry, stateKeys.parameters)
  const problem = parameterStepProblem(before, after)
  if (problem !== undefined) throw new RangeError(problem)
  state.put(parametersEntry, stateKeys.parameters, after)
  if (after.depositRatePeriodMs !== before.depositRatePeriodMs) {
    const fund = state.require(feeFundEntry, stateKeys.feeFund)
    const carry = (BigInt(fund.carry) * BigInt(after.depositRatePeriodMs)) / BigInt(before.depositRatePeriodMs)
    state.put(feeFundEntry, stateKeys.feeFund, { ...fund, carry: Number(carry) })
  }
}
