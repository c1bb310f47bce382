import { accountOf } from '@cresset/core-crypto'
import type { Offer } from '../entries/offer.ts'
import { type BlockPoint, readName } from '../queries.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'
import { isOpen, offersOf } from './offers.ts'

/** What a name can be bought for now. */
export interface OffersView {
  readonly name: string
  /** Account that is paid; absent when nobody owns the name. */
  readonly seller: Uint8Array | undefined
  /** Counts the owners so far: what a transfer must name. */
  readonly ownerships: number
  /** Those that have not ended, oldest first. */
  readonly offers: readonly Offer[]
  readonly ledgerTimeMs: number
}

/** Needs what `readName` needs, and the entry of the offers. */
export function readOffers(view: StateView, name: string, at: BlockPoint): OffersView {
  const { entry, status, ledgerTimeMs } = readName(view, name, at)
  const owner = status === 'active' || status === 'grace' ? entry?.registration?.primaryKey : undefined
  const offers = owner === undefined ? [] : offersOf(new StateOverlay(view), name)
  return {
    name,
    seller: owner && accountOf(owner),
    ownerships: entry?.ownerships ?? 0,
    offers: offers.filter((offer) => isOpen(offer, ledgerTimeMs)),
    ledgerTimeMs,
  }
}
