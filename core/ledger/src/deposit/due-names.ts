import { type FeeFund, quantaPerPage } from '../entries/lease.ts'
import { parametersEntry } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'
import { fundOf, quantaFor } from './fund.ts'
import { countsOfPage, nameAt } from './lease-index.ts'
import { renewalWarningMs } from './sweep.ts'

/** A place in the index of paid quanta: the name at this position of this X, or the next one behind it. */
export interface DuePlace {
  readonly paidQuanta: number
  readonly position: number
}

export interface DueNames {
  /** The first to run out first. */
  readonly names: readonly string[]
  /** Where the list goes on; absent at its end. */
  readonly next: DuePlace | undefined
}

/** Pages of counts that one look reads: some 130,000 quanta, which is eight times the reach at the default rate. */
const maxPagesRead = 2_048

/** X of names whose renewal is due is below this. */
export function dueBelow(view: StateView): number {
  const state = new StateOverlay(view)
  return reachOf(state, fundOf(state))
}

function reachOf(state: StateOverlay, fund: FeeFund): number {
  return fund.paidQuanta + quantaFor(renewalWarningMs, state.require(parametersEntry, stateKeys.parameters))
}

/**
 * Names whose deposit or term ends within the time of the warning, also those in grace: at most `limit` from `from` on, and fewer
 * where the index is sparse. Reads the index of paid quanta, not the names.
 */
export function readDueNames(
  view: StateView,
  { from, limit }: { readonly from?: DuePlace | undefined; readonly limit: number },
): DueNames {
  const state = new StateOverlay(view)
  const fund = fundOf(state)
  const end = reachOf(state, fund)
  const names: string[] = []
  const begin = from !== undefined && from.paidQuanta >= fund.sweptBelow ? from : undefined
  let paidQuanta = begin?.paidQuanta ?? fund.sweptBelow
  let position = begin?.position ?? 0
  for (let pages = 0; paidQuanta < end; pages++) {
    if (pages === maxPagesRead) return { names, next: { paidQuanta, position: 0 } }
    const page = Math.floor(paidQuanta / quantaPerPage)
    const counts = countsOfPage(state, page)
    for (const pageEnd = Math.min(end, (page + 1) * quantaPerPage); paidQuanta < pageEnd; paidQuanta++) {
      for (const count = counts[paidQuanta % quantaPerPage] as number; position < count; position++) {
        if (names.length === limit) return { names, next: { paidQuanta, position } }
        names.push(nameAt(state, paidQuanta, position))
      }
      position = 0
    }
  }
  return { names, next: undefined }
}
