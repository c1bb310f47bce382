import { accountOf } from '@cresset/core-crypto'
import { maxOffersPerName } from '../entries/offer.ts'
import { findNameOfSigner } from '../names/owned-name.ts'
import { expiryProblem } from '../trade/agreement-expiry.ts'
import { isOpen, offersOf, putOffers } from '../trade/offers.ts'
import type { Operation } from './operation.ts'

/** Offers a name for a price, to everybody or to one account. Another price is another offer: what a buyer saw never changes. */
export const offerName: Operation<'offerName'> = (context, prepared, { name, price, buyer, expiresMs }) => {
  const { state, ledgerTimeMs, height } = context
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  const expired = expiryProblem(expiresMs, ledgerTimeMs, 'offer-expired')
  if (expired !== undefined) return expired
  const open = offersOf(state, name).filter((offer) => isOpen(offer, ledgerTimeMs))
  if (open.length === maxOffersPerName) return 'too-many-offers'

  const { id } = prepared
  putOffers(state, name, [...open, { id, price, buyer, expiresMs, height }])
  const seller = accountOf(owned.registration.primaryKey)
  context.events.push({ kind: 'nameOffered', body: { name, offer: id, seller, price, buyer, expiresMs } })
  return 'ok'
}
