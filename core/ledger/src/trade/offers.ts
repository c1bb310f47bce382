import { type Offer, offersEntry } from '../entries/offer.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'

/** All offers of a name that its entry lists, also those that have ended by time. */
export function offersOf(state: Pick<StateOverlay, 'get'>, name: string): readonly Offer[] {
  return state.get(offersEntry, stateKeys.offers(name))?.offers ?? []
}

export function putOffers(state: StateOverlay, name: string, offers: readonly Offer[]): void {
  const key = stateKeys.offers(name)
  if (offers.length === 0) state.remove(offersEntry, key)
  else state.put(offersEntry, key, { name, offers: [...offers] })
}

/** An offer pays the owner who made it: it never outlives his ownership. */
export function endOffers(state: StateOverlay, name: string): void {
  state.remove(offersEntry, stateKeys.offers(name))
}

export function isOpen(offer: Offer, ledgerTimeMs: number): boolean {
  return ledgerTimeMs < offer.expiresMs
}
