import { equalBytes } from '@cresset/core-codec'
import { accountOf } from '@cresset/core-crypto'
import { accountAt, credit, debitAt } from '../accounts.ts'
import type { ActionBody } from '../actions.ts'
import type { BlockContext } from '../block-context.ts'
import type { Refusal } from '../codes.ts'
import type { Offer } from '../entries/offer.ts'
import { findOwnedName } from '../names/owned-name.ts'
import type { OwnedName } from '../names/status.ts'
import type { PreparedTransaction } from '../prepare.ts'
import { changeOwner } from '../trade/change-owner.ts'
import { isOpen, offersOf } from '../trade/offers.ts'
import type { Operation } from './operation.ts'

type Body = ActionBody<'buyName'>

/** Takes an offer: the payer's money goes to the seller and the name to the new key, both or neither. */
export const buyName: Operation<'buyName'> = (context, prepared, body) => {
  const { state } = context
  const owned = findOwnedName(context, body.name)
  if (typeof owned === 'string') return owned
  const offer = findOffer(context, body)
  if (typeof offer === 'string') return offer
  const seller = accountOf(owned.registration.primaryKey)
  const refusal = saleProblem(prepared, owned, offer, seller, body)
  if (refusal !== undefined) return refusal
  const { price } = offer
  if (accountAt(state, prepared.senderKey).balance < price) return 'balance-too-low'

  // In this order a purchase from oneself reads its own debit.
  debitAt(state, prepared.senderKey, price)
  credit(state, seller, price)
  const { name, primaryKey } = body
  const ownership = changeOwner(context, owned, primaryKey, { keepRecords: false })
  const { sender: buyer } = prepared
  const owner = accountOf(primaryKey)
  context.events.push({
    kind: 'nameSold',
    body: { name, offer: offer.id, seller, buyer, owner, ownership, price },
  })
  return 'ok'
}

function findOffer({ state, ledgerTimeMs }: BlockContext, body: Body): Offer | Refusal {
  const offers = offersOf(state, body.name)
  if (offers.length === 0) return 'name-not-offered'
  const offer = offers.find(({ id }) => equalBytes(id, body.offer))
  if (offer === undefined) return 'offer-unknown'
  return isOpen(offer, ledgerTimeMs) ? offer : 'offer-expired'
}

/** What the buyer signed must be what he gets: from whom, at most for how much, and for which key. */
function saleProblem(
  { sender, transaction }: PreparedTransaction,
  { registration }: OwnedName,
  { buyer, price }: Offer,
  seller: Uint8Array,
  body: Body,
): Refusal | undefined {
  if (!equalBytes(body.seller, seller)) return 'seller-differs'
  if (buyer !== undefined && !equalBytes(buyer, sender)) return 'offer-for-another'
  if (price > body.highestPrice) return 'price-above-highest'
  if (equalBytes(registration.primaryKey, body.primaryKey)) return 'owner-already'
  return transaction.signers.some((key) => equalBytes(key, body.primaryKey)) ? undefined : 'new-key-not-signer'
}
