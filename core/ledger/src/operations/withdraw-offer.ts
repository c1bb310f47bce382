import { equalBytes } from '@cresset/core-codec'
import { findNameOfSigner } from '../names/owned-name.ts'
import { offersOf, putOffers } from '../trade/offers.ts'
import type { Operation } from './operation.ts'

/** Takes an offer back, also one that has ended. */
export const withdrawOffer: Operation<'withdrawOffer'> = (context, prepared, { name, offer }) => {
  const owned = findNameOfSigner(context, prepared, name)
  if (typeof owned === 'string') return owned
  const offers = offersOf(context.state, name)
  if (offers.length === 0) return 'name-not-offered'
  const left = offers.filter(({ id }) => !equalBytes(id, offer))
  if (left.length === offers.length) return 'offer-unknown'

  putOffers(context.state, name, left)
  context.events.push({ kind: 'offerWithdrawn', body: { name, offer } })
  return 'ok'
}
