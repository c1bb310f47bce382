import { asciiText, type Decoded, equalBytes, optional, versioned } from '@cresset/core-codec'
import { checkSignature, type PublicKey, type Signer, signatureCodec } from '@cresset/core-crypto'
import {
  type Action,
  type FeeStatementLine,
  type NameTransfer,
  type NameView,
  nameTransferCodec,
  nameTransferSigningBytes,
  type Offer,
  type OffersView,
  readFeeStatement,
  readName,
  readOffers,
} from '@cresset/core-ledger'
import type { Client, Proven } from './client.ts'
import { ClientError } from './client-error.ts'

const dayMs = 86_400_000
const defaultTransferMs = 30 * dayMs

export interface TransferTerms {
  readonly name: string
  /** Primary key that receives the name. */
  readonly to: PublicKey
  readonly keepRecords?: boolean
  /** How long the receiver may take, at most 90 days; 30 when absent. */
  readonly validForMs?: number
}

/** What the owner of a name and its next one sign, from proven state. @throws ClientError `not-found` when nobody owns it */
export async function agreeTransfer(client: Client, terms: TransferTerms): Promise<NameTransfer> {
  const { name, to, keepRecords = false, validForMs = defaultTransferMs } = terms
  const { value } = await client.query((view, at) => readName(view, name, at), `/v1/names/${name}`)
  const { entry } = ownedOrThrow(value)
  return {
    name,
    ownership: entry.ownerships,
    from: entry.registration.primaryKey,
    to,
    keepRecords,
    expiresMs: value.ledgerTimeMs + validForMs,
  }
}

function ownedOrThrow(value: NameView) {
  const { entry, status, name } = value
  const { registration } = entry ?? {}
  if (entry === undefined || registration === undefined || (status !== 'active' && status !== 'grace'))
    throw new ClientError('not-found', 'name-unknown', `nobody owns ${name}; it is ${status}`)
  return { entry: { ...entry, registration } }
}

/** A transfer on its way between two people. */
export const signedTransferCodec = versioned(1, {
  chainId: asciiText({ minBytes: 1, maxBytes: 80 }),
  transfer: nameTransferCodec,
  fromSignature: optional(signatureCodec),
  toSignature: optional(signatureCodec),
})
export type SignedTransfer = Decoded<typeof signedTransferCodec>

/**
 * Adds the signature of the key that gives or of the one that receives.
 * @throws ClientError `usage` for another key, and when the other one's signature is not good
 */
export async function signTransfer(signed: SignedTransfer, signer: Signer): Promise<SignedTransfer> {
  const { chainId, transfer } = signed
  const gives = equalBytes(signer.publicKey, transfer.from)
  if (!gives && !equalBytes(signer.publicKey, transfer.to))
    throw new ClientError('usage', 'not-party', `this key neither gives nor receives ${transfer.name}`)
  const message = nameTransferSigningBytes(chainId, transfer)
  const [other, otherSignature] = gives ? [transfer.to, signed.toSignature] : [transfer.from, signed.fromSignature]
  if (otherSignature !== undefined && !checkSignature(other, message, otherSignature))
    throw new ClientError('usage', 'transfer-signature-bad', 'the other signature is not good: do not sign this')
  const signature = await signer.sign(message)
  return gives ? { ...signed, fromSignature: signature } : { ...signed, toSignature: signature }
}

/** The action that carries a transfer; any account can send it. @throws ClientError `usage` while a signature is missing */
export function transferNameAction({ transfer, fromSignature, toSignature }: SignedTransfer): Action {
  if (fromSignature === undefined || toSignature === undefined) {
    const who = fromSignature === undefined ? 'gives' : 'receives'
    throw new ClientError('usage', 'signature-missing', `the key that ${who} ${transfer.name} has not signed yet`)
  }
  return { kind: 'transferName', body: { transfer, fromSignature, toSignature } }
}

/** What a name is offered for, proven. */
export function offersOf(client: Client, name: string): Promise<Proven<OffersView>> {
  return client.query((view, at) => readOffers(view, name, at), `/v1/names/${name}/offers`)
}

/** The cheapest open offer that an account may take, or the one of an id. @throws ClientError `not-found` when there is none */
export function chooseOffer(view: OffersView, buyer: Uint8Array, id?: Uint8Array): Offer {
  const mine = view.offers.filter((offer) => offer.buyer === undefined || equalBytes(offer.buyer, buyer))
  const found =
    id === undefined
      ? mine.reduce<Offer | undefined>((best, offer) => (best && best.price <= offer.price ? best : offer), undefined)
      : view.offers.find((offer) => equalBytes(offer.id, id))
  if (found !== undefined) return found
  const [code, text] =
    view.offers.length === 0 ? ['name-not-offered', 'is not offered'] : ['offer-unknown', 'has no such offer for you']
  throw new ClientError('not-found', code, `${view.name} ${text}`)
}

/** The action that takes an offer as it was proven: another seller, or a higher price, and it does nothing. */
export function buyNameAction(
  view: OffersView,
  offer: Offer,
  { highestPrice, primaryKey }: { readonly highestPrice: bigint; readonly primaryKey: PublicKey },
): Action {
  if (view.seller === undefined)
    throw new ClientError('not-found', 'name-unknown', `nobody owns ${view.name}, so nobody sells it`)
  return { kind: 'buyName', body: { name: view.name, offer: offer.id, seller: view.seller, highestPrice, primaryKey } }
}

export interface FeeStatement {
  readonly name: NameView
  /** Newest first; absent when nobody owns the name. */
  readonly lines: readonly FeeStatementLine[] | undefined
}

/** What fee blocks took from a name, proven, from below the height `before` on. */
export function feeStatement(
  client: Client,
  name: string,
  { limit = 100, before }: { readonly limit?: number; readonly before?: number } = {},
): Promise<Proven<FeeStatement>> {
  const query = `limit=${limit}${before === undefined ? '' : `&before=${before}`}`
  return client.query(
    (view, at) => ({ name: readName(view, name, at), lines: readFeeStatement(view, name, limit, before) }),
    `/v1/names/${name}/statement?${query}`,
  )
}
