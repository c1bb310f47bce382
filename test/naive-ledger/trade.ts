import { encodeItem, equalBytes } from '@cresset/core-codec'
import { accountOf, checkSignature, publicKeyProblem, signingBytes } from '@cresset/core-crypto'
import type { NaiveCode } from './codes.ts'
import { endOrder } from './orders.ts'
import { endTable } from './record-tables.ts'
import { nextRevision } from './records.ts'
import type { BlockPlace, Outcome } from './registrations.ts'
import { balanceOf, type NaiveName, type NaiveOwnership, type NaiveState, pay } from './state.ts'
import type { NaiveBody, NaiveTransaction } from './transaction.ts'

/** docs/protocol/ledger.md, "Transfer and sale". */

const longestMs = 90 * 86_400_000
const offersPerName = 8

type OwnedName = NaiveName & { ownership: NaiveOwnership }
type Transfer = NaiveBody<'transferName'>['transfer']

const refuse = (code: NaiveCode): Outcome => ({ code, events: [] })

export function transferText(chainId: string, t: Transfer): Uint8Array {
  const body = encodeItem([1, t.name, t.ownership, t.from, t.to, t.keepRecords, t.expires])
  return signingBytes('name-transfer', chainId, body)
}

function badEnd(expires: number, now: number, over: NaiveCode): NaiveCode | undefined {
  if (expires <= now) return over
  return expires - now > longestMs ? 'expiry-too-far' : undefined
}

/** Returns how many owners the name has had then. */
function giveTo(state: NaiveState, name: OwnedName, key: Uint8Array, keep: boolean, height: number): number {
  nextRevision(name, height)
  state.offers = state.offers.filter((offer) => offer.name !== name.name)
  if (!keep) {
    name.ownership.hosts = []
    name.ownership.delegations = []
    name.ownership.authority = undefined
    name.ownership.encryptionKey = undefined
    name.ownership.certificate = undefined
    endTable(state, name.name)
  }
  name.ownership.primaryKey = key
  name.ownerships++
  return name.ownerships
}

export function transferName(
  state: NaiveState,
  name: OwnedName,
  { transfer, fromSignature, toSignature }: NaiveBody<'transferName'>,
  at: BlockPlace,
): Outcome {
  const { ownership, from, to, keepRecords, expires } = transfer
  const end = badEnd(expires, at.now, 'transfer-expired')
  if (end !== undefined) return refuse(end)
  if (ownership !== name.ownerships) return refuse('ownership-differs')
  if (!equalBytes(from, name.ownership.primaryKey)) return refuse('transfer-not-from-owner')
  if (equalBytes(to, from)) return refuse('owner-already')
  if (publicKeyProblem(to) !== undefined) return refuse('new-key-bad')
  const text = transferText(at.chainId, transfer)
  if (!checkSignature(from, text, fromSignature) || !checkSignature(to, text, toSignature))
    return refuse('transfer-signature-bad')
  const ended = endOrder(name, 'owner-changed')
  const number = giveTo(state, name, to, keepRecords, at.height)
  const body = { name: name.name, from: accountOf(from), owner: accountOf(to), ownerships: number, kept: keepRecords }
  return { code: 'ok', events: [...ended, { kind: 'nameTransferred', body }] }
}

export function changeKey(
  state: NaiveState,
  name: OwnedName,
  newKey: Uint8Array,
  transaction: NaiveTransaction,
  at: BlockPlace,
): Outcome {
  const from = name.ownership.primaryKey
  if (equalBytes(from, newKey)) return refuse('owner-already')
  if (!transaction.signers.some((signer) => equalBytes(signer, newKey))) return refuse('new-key-not-signer')
  const ended = endOrder(name, 'owner-changed')
  const ownerships = giveTo(state, name, newKey, true, at.height)
  const body = { name: name.name, from: accountOf(from), owner: accountOf(newKey), ownerships }
  return { code: 'ok', events: [...ended, { kind: 'keyChanged', body }] }
}

export function offerName(
  state: NaiveState,
  name: OwnedName,
  { price, buyer, expires }: NaiveBody<'offerName'>,
  id: Uint8Array,
  at: BlockPlace,
): Outcome {
  const end = badEnd(expires, at.now, 'offer-expired')
  if (end !== undefined) return refuse(end)
  const over = (offer: { name: string; expires: number }) => offer.name === name.name && offer.expires <= at.now
  const open = state.offers.filter((offer) => offer.name === name.name && !over(offer))
  if (open.length >= offersPerName) return refuse('too-many-offers')
  state.offers = state.offers.filter((offer) => !over(offer))
  state.offers.push({ name: name.name, id, price, buyer, expires, height: at.height })
  const seller = accountOf(name.ownership.primaryKey)
  return {
    code: 'ok',
    events: [{ kind: 'nameOffered', body: { name: name.name, offer: id, seller, price, buyer, expires } }],
  }
}

export function withdrawOffer(state: NaiveState, name: OwnedName, id: Uint8Array): Outcome {
  const offers = state.offers.filter((offer) => offer.name === name.name)
  if (offers.length === 0) return refuse('name-not-offered')
  const found = offers.find((offer) => equalBytes(offer.id, id))
  if (found === undefined) return refuse('offer-unknown')
  state.offers = state.offers.filter((offer) => offer !== found)
  return { code: 'ok', events: [{ kind: 'offerWithdrawn', body: { name: name.name, offer: id } }] }
}

export function buyName(
  state: NaiveState,
  name: OwnedName,
  body: NaiveBody<'buyName'>,
  transaction: NaiveTransaction,
  at: BlockPlace,
): Outcome {
  const offers = state.offers.filter((offer) => offer.name === name.name)
  if (offers.length === 0) return refuse('name-not-offered')
  const offer = offers.find(({ id }) => equalBytes(id, body.offer))
  if (offer === undefined) return refuse('offer-unknown')
  if (offer.expires <= at.now) return refuse('offer-expired')
  const { payer: buyer, signers } = transaction
  const seller = accountOf(name.ownership.primaryKey)
  const { primaryKey } = body
  const { price } = offer
  if (!equalBytes(seller, body.seller)) return refuse('seller-differs')
  if (offer.buyer !== undefined && !equalBytes(offer.buyer, buyer)) return refuse('offer-for-another')
  if (price > body.highestPrice) return refuse('price-above-highest')
  if (equalBytes(primaryKey, name.ownership.primaryKey)) return refuse('owner-already')
  if (!signers.some((signer) => equalBytes(signer, primaryKey))) return refuse('new-key-not-signer')
  if (balanceOf(state, buyer) < price) return refuse('balance-too-low')
  pay(state, buyer, -price)
  pay(state, seller, price)
  const ended = endOrder(name, 'owner-changed')
  const ownerships = giveTo(state, name, primaryKey, false, at.height)
  const sold = { name: name.name, offer: offer.id, seller, buyer, owner: accountOf(primaryKey), ownerships, price }
  return { code: 'ok', events: [...ended, { kind: 'nameSold', body: sold }] }
}
