import { CodecError, fromHex, toHex } from '@cresset/core-codec'
import type { Offer } from '@cresset/core-ledger'
import type { Client } from './client.ts'
import { notVerified } from './client-error.ts'

export interface OfferFilter {
  readonly zone?: string
  readonly maxPrice?: bigint
  /** Only what this account offers. */
  readonly seller?: Uint8Array
  /** Only what this account may buy. */
  readonly buyer?: Uint8Array
  /** The `next` of the page before. */
  readonly after?: string
  readonly limit?: number
}

export interface ListedOffer extends Offer {
  readonly name: string
  readonly seller: Uint8Array
}

export interface OfferList {
  readonly offers: readonly ListedOffer[]
  readonly next: string | undefined
}

/** Names on offer by zone, price and name, on the word of the node: `offersOf` proves those of one name. */
export function listOffers(client: Client, filter: OfferFilter = {}): Promise<OfferList> {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(filter))
    if (value !== undefined) query.set(key, value instanceof Uint8Array ? toHex(value) : String(value))
  return client.connection.first(async (node) => readOfferList(await node.get(`/v1/offers?${query}`)))
}

/** Greatest limit of the route. */
const maxOffers = 1_000

/** The answer of `GET /v1/offers`: its form only, since nothing in it is proven. @throws ClientError `not-verified` */
export function readOfferList(answer: unknown): OfferList {
  const { offers, next } = (answer ?? {}) as { offers?: unknown; next?: unknown }
  const isCursor = typeof next === 'string' && /^[A-Za-z0-9_-]{1,512}$/.test(next)
  if (!Array.isArray(offers) || offers.length > maxOffers || (next !== null && !isCursor))
    throw notVerified('bad-answer', 'the answer does not have the form of a list of offers')
  return { offers: offers.map(readListed), next: next ?? undefined }
}

function readListed(json: unknown): ListedOffer {
  const { name, seller, id, price, buyer, expiresMs, height } = (json ?? {}) as Record<string, unknown>
  const areNumbers = Number.isSafeInteger(expiresMs) && Number.isSafeInteger(height)
  // People see the name: nothing but a name's characters gets to their terminal.
  const areTexts = isText(name, /^[a-z0-9.-]{1,64}$/) && isText(price, /^\d{1,20}$/)
  if (!areNumbers || !areTexts) throw notVerified('bad-answer', 'the list has an offer that cannot be read')
  return {
    name,
    seller: readHash(seller),
    id: readHash(id),
    price: BigInt(price),
    buyer: buyer === undefined ? undefined : readHash(buyer),
    expiresMs: expiresMs as number,
    height: height as number,
  }
}

function isText(value: unknown, form: RegExp): value is string {
  return typeof value === 'string' && form.test(value)
}

function readHash(text: unknown): Uint8Array {
  try {
    return fromHex(String(text), { bytes: 32 })
  } catch (error) {
    if (!(error instanceof CodecError)) throw error
    throw notVerified('bad-answer', 'the list has an offer that cannot be read')
  }
}
