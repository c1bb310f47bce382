import { incomeEntry, timeEntry, type ZonesEntry, zonesEntry } from './entries/ledger.ts'
import type { LedgerEvent } from './events.ts'
import { ledgerTimeAt } from './ledger-time.ts'
import { type LedgerParameters, parametersEntry } from './parameters.ts'
import { stateKeys } from './state-keys.ts'
import { StateOverlay } from './state-overlay.ts'
import type { StateView } from './state-view.ts'

/** What operations and sweeps of one block share. */
export interface BlockContext {
  readonly state: StateOverlay
  readonly chainId: string
  readonly height: number
  readonly timeMs: number
  readonly ledgerTimeMs: number
  readonly parameters: LedgerParameters
  /** Those that hold from the next block on. */
  nextParameters: LedgerParameters
  readonly zones: ZonesEntry
  /** Owner names whose DNS data changed. */
  readonly changedNames: Set<string>
  /** Where events go: of the transaction that runs, or of the block. */
  events: LedgerEvent[]
}

export function openContext(
  view: StateView,
  block: { readonly height: number; readonly timeMs: number },
  chainId: string,
): BlockContext {
  const state = new StateOverlay(view)
  const parameters = state.require(parametersEntry, stateKeys.parameters)
  const time = state.require(timeEntry, stateKeys.time)
  return {
    state,
    chainId,
    height: block.height,
    timeMs: block.timeMs,
    ledgerTimeMs: ledgerTimeAt(time, block, parameters),
    parameters,
    nextParameters: parameters,
    zones: state.require(zonesEntry, stateKeys.zones),
    changedNames: new Set(),
    events: [],
  }
}

/** Adds to the income that fee blocks pay out. */
export function addIncome({ state }: BlockContext, amount: bigint): void {
  if (amount === 0n) return
  const income = state.require(incomeEntry, stateKeys.income)
  state.put(incomeEntry, stateKeys.income, { ...income, pot: income.pot + amount })
}
