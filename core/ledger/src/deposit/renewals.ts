import type { BlockContext } from '../block-context.ts'
import {
  type Lease,
  leaseEntry,
  type Renewal,
  renewalsEntry,
  renewalsPerPage,
  type StandingOrder,
  standingOrderEntry,
} from '../entries/lease.ts'
import { nameEntry, type Registration } from '../entries/name.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'

/** Who renewed a name, and for how much. */
export type Payment = Pick<Renewal, 'payer' | 'amount'>

/** Writes down the renewal that the lease does not count yet. */
export function appendRenewal(
  { state, height, ledgerTimeMs }: BlockContext,
  { lease, registration }: { readonly lease: Lease; readonly registration: Registration },
  renewal: Payment & Pick<Renewal, 'paidQuanta'>,
): void {
  const key = stateKeys.renewals(lease.name, registration.order, Math.floor(lease.renewals / renewalsPerPage))
  const rows = state.get(renewalsEntry, key)?.rows ?? []
  state.put(renewalsEntry, key, { rows: [...rows, { height, ledgerTimeMs, ...renewal }] })
}

export interface ListedRenewal extends Renewal {
  /** Its place in the list, the oldest 0. */
  readonly place: number
}

export interface RenewalsPage {
  /** Since the name was registered. */
  readonly count: number
  /** Newest first. */
  readonly renewals: readonly ListedRenewal[]
  /** `before` of the page that follows; absent at the end. */
  readonly next: number | undefined
}

/**
 * Renewals of a name since it was registered, newest first: at most `limit` of those at places below `before`. Undefined when nobody
 * owns the name. With the `order` of a registration, which former records of the name tell, those of that one, also when it has ended.
 */
export function readRenewals(
  view: StateView,
  name: string,
  {
    before,
    limit,
    order,
  }: { readonly before?: number | undefined; readonly limit: number; readonly order?: number | undefined },
): RenewalsPage | undefined {
  const state = new StateOverlay(view)
  const registration = order === undefined ? state.get(nameEntry, stateKeys.name(name))?.registration : { order }
  if (registration === undefined) return undefined
  const count =
    order === undefined
      ? state.require(leaseEntry, stateKeys.lease(name)).renewals
      : countRows((page) => state.get(renewalsEntry, stateKeys.renewals(name, order, page))?.rows.length ?? 0)
  const renewals: ListedRenewal[] = []
  for (let place = Math.min(before ?? count, count) - 1; place >= 0 && renewals.length < limit; place--) {
    const page = Math.floor(place / renewalsPerPage)
    const { rows } = state.require(renewalsEntry, stateKeys.renewals(name, registration.order, page))
    renewals.push({ place, ...(rows[place % renewalsPerPage] as Renewal) })
  }
  const last = renewals.at(-1)?.place ?? 0
  return { count, renewals, next: last > 0 ? last : undefined }
}

/** Rows of pages that are full but for the last; looks at few of them. */
function countRows(rowsOf: (page: number) => number): number {
  let end = 1
  while (rowsOf(end - 1) === renewalsPerPage) end *= 2
  // The last page, or the one behind it when that is full, is below `end`.
  let low = Math.floor(end / 2)
  let high = end - 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (rowsOf(middle) === renewalsPerPage) low = middle + 1
    else high = middle
  }
  return low * renewalsPerPage + rowsOf(low)
}

/** The order that refills a name's deposit. */
export function readStandingOrder(view: StateView, name: string): StandingOrder | undefined {
  return new StateOverlay(view).get(standingOrderEntry, stateKeys.standingOrder(name))
}
