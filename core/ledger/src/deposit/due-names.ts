import type { FeeFund } from '../entries/lease.ts'
import { parametersEntry } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'
import { fundOf, quantaFor } from './fund.ts'
import { countAt, nameAt } from './lease-index.ts'
import { renewalWarningMs } from './sweep.ts'

/** Where a list of due names goes on: behind the name at this place of the index. */
export interface DuePlace {
  readonly paidQuanta: number
  readonly position: number
}

export interface DueName extends DuePlace {
  readonly name: string
}

/** X of names whose renewal is due is below this. */
export function dueBelow(view: StateView): number {
  const state = new StateOverlay(view)
  return reachOf(state, fundOf(state))
}

function reachOf(state: StateOverlay, fund: FeeFund): number {
  return fund.paidQuanta + quantaFor(renewalWarningMs, state.require(parametersEntry, stateKeys.parameters))
}

/**
 * Names that have been told `renewalDue` and not been renewed since, also those in grace: the first that run out first, at most
 * `limit` behind `after`. Reads the index of paid quanta, not the names.
 */
export function readDueNames(
  view: StateView,
  { after, limit }: { readonly after?: DuePlace | undefined; readonly limit: number },
): DueName[] {
  const state = new StateOverlay(view)
  const fund = fundOf(state)
  const end = reachOf(state, fund)
  const found: DueName[] = []
  let position = after === undefined ? 0 : after.position + 1
  const start = Math.max(fund.sweptBelow, after?.paidQuanta ?? 0)
  for (let paidQuanta = start; paidQuanta < end && found.length < limit; paidQuanta++) {
    for (const count = countAt(state, paidQuanta); position < count && found.length < limit; position++)
      found.push({ name: nameAt(state, paidQuanta, position), paidQuanta, position })
    if (found.length < limit) position = 0
  }
  return found
}
