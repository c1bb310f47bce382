import { amount, type Decoded, hash32, list, optional, struct, uint53 } from '@cresset/core-codec'
import { type EntryType, entryType } from './entry-type.ts'
import { nameCodec } from './registration.ts'

/** Offers of one name that can be open at once. */
export const maxOffersPerName = 8

export const offerCodec = struct({
  /** Id of the transaction that made it. */
  id: hash32,
  price: amount,
  /** The only account that may buy; absent when everybody may. */
  buyer: optional(hash32),
  /** Ledger time from which on it is void. */
  expiresMs: uint53,
  /** Block that holds it. */
  height: uint53,
})

export type Offer = Decoded<typeof offerCodec>

const fields = { name: nameCodec, offers: list(offerCodec, { minItems: 1, maxItems: maxOffersPerName }) }

/** What the owner of a name offers it for, oldest first; those that have ended stay until the next one is made. */
export type Offers = { readonly [K in keyof typeof fields]: Decoded<(typeof fields)[K]> }
export const offersEntry: EntryType<Offers> = entryType('offers', fields)
