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
 * owns the name.
 */
export function readRenewals(
  view: StateView,
  name: string,
  { before, limit }: { readonly before?: number | undefined; readonly limit: number },
): RenewalsPage | undefined {
  const state = new StateOverlay(view)
  const registration = state.get(nameEntry, stateKeys.name(name))?.registration
  if (registration === undefined) return undefined
  const { renewals: count } = state.require(leaseEntry, stateKeys.lease(name))
  const renewals: ListedRenewal[] = []
  for (let place = Math.min(before ?? count, count) - 1; place >= 0 && renewals.length < limit; place--) {
    const page = Math.floor(place / renewalsPerPage)
    const { rows } = state.require(renewalsEntry, stateKeys.renewals(name, registration.order, page))
    renewals.push({ place, ...(rows[place % renewalsPerPage] as Renewal) })
  }
  const last = renewals.at(-1)?.place ?? 0
  return { count, renewals, next: last > 0 ? last : undefined }
}

/** The order that refills a name's deposit. */
export function readStandingOrder(view: StateView, name: string): StandingOrder | undefined {
  return new StateOverlay(view).get(standingOrderEntry, stateKeys.standingOrder(name))
}
