import { compareBytes, concatBytes, equalBytes, fromUtf8, uint64ToBytes, utf8 } from '@cresset/core-codec'
import { isOfferOpen, type LedgerEvent, type Offer, offerCodec, offersEntry, stateKeys } from '@cresset/core-ledger'
import { type KeyValueStore, keysBelow, layout, storedKey, type Write } from '@cresset/network-storage'
import { ownerOfName } from './indexes.ts'

/*
 * Offers of all names by zone and price, so that a market page is one range. They follow from the entries of the names' offers and,
 * like all indexes, are the word of the node: each offer is proven by its name's entry.
 */

const separator = Uint8Array.of(0)
const idBytes = 32
const priceBytes = 8

function splitName(name: string): { zone: Uint8Array; label: Uint8Array } {
  const dot = name.indexOf('.')
  return { zone: utf8(name.slice(dot + 1)), label: utf8(name.slice(0, dot)) }
}

function namePrefix(name: string): Uint8Array[] {
  const { zone, label } = splitName(name)
  return [zone, separator, label, separator]
}

function priceKey(name: string, { price, id }: Offer): Uint8Array {
  const { zone, label } = splitName(name)
  return storedKey(layout.offersByPrice, zone, separator, uint64ToBytes(price), label, separator, id)
}

/** Rows of a name's offers as its entry lists them. */
export function offerIndexWrites(name: string, offers: readonly Offer[]): Write[] {
  return offers.flatMap((offer) => {
    const value = offerCodec.encode(offer)
    return [
      { key: storedKey(layout.offersByName, ...namePrefix(name), offer.id), value },
      { key: priceKey(name, offer), value },
    ]
  })
}

/** Events after which a name's offers are others than before. */
const touching: ReadonlySet<LedgerEvent['kind']> = new Set([
  'nameOffered',
  'offerWithdrawn',
  'nameSold',
  'nameTransferred',
  'keyChanged',
  'nameCancelled',
  'nameExpired',
])

/** What a block changes: the rows of each name it touched are made anew from the state after it. */
export function offerWrites(
  store: KeyValueStore,
  events: Iterable<LedgerEvent>,
  changes: readonly { readonly key: Uint8Array; readonly value: Uint8Array | undefined }[],
): Write[] {
  const names = new Set<string>()
  for (const { kind, body } of events) if (touching.has(kind) && 'name' in body) names.add(body.name)
  const writes: Write[] = []
  for (const name of names) {
    const change = findChange(changes, stateKeys.offers(name))
    // Made and gone within the block, or there never were any.
    if (change === undefined) continue
    const offers = change.value === undefined ? [] : offersEntry.codec.decode(change.value).offers
    const added = offerIndexWrites(name, offers)
    const kept = new Set(added.map(({ key }) => textOf(key)))
    for (const key of rowsOf(store, name)) if (!kept.has(textOf(key))) writes.push({ key, value: undefined })
    writes.push(...added)
  }
  return writes
}

/** `changes` are sorted by key. */
function findChange<T extends { readonly key: Uint8Array }>(changes: readonly T[], key: Uint8Array): T | undefined {
  let [low, high] = [0, changes.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (compareBytes((changes[middle] as T).key, key) < 0) low = middle + 1
    else high = middle
  }
  const found = changes[low]
  return found !== undefined && compareBytes(found.key, key) === 0 ? found : undefined
}

function* rowsOf(store: KeyValueStore, name: string): Generator<Uint8Array> {
  for (const [key, value] of store.range(keysBelow(layout.offersByName, ...namePrefix(name)))) {
    yield key
    yield priceKey(name, offerCodec.decode(value))
  }
}

const textOf = (key: Uint8Array): string => Buffer.from(key).toString('latin1')

export interface ListedOffer extends Offer {
  readonly name: string
  /** Account that is paid. */
  readonly seller: Uint8Array
}

export interface OfferFilter {
  readonly zones: readonly string[]
  readonly maxPrice?: bigint | undefined
  /** Only what this account offers. */
  readonly seller?: Uint8Array | undefined
  /** Only what this account may buy. */
  readonly buyer?: Uint8Array | undefined
  /** Offers that end by then are left out. */
  readonly ledgerTimeMs: number
}

export interface OfferPage {
  readonly offers: readonly ListedOffer[]
  /** To go on with; absent at the end. A page can be short, or empty, before the end. */
  readonly next: Uint8Array | undefined
}

/** Rows that one page looks at, so that a market full of ended offers costs a request no more than another. */
const maxRowsRead = 2_000

/** Open offers by zone, price and name. `after` is the `next` of the page before. */
export function listOffers(
  store: KeyValueStore,
  filter: OfferFilter,
  { after, limit }: { readonly after?: Uint8Array | undefined; readonly limit: number },
): OfferPage {
  const offers: ListedOffer[] = []
  const begin = after === undefined ? undefined : concatBytes(storedKey(layout.offersByPrice), after, separator)
  let left = maxRowsRead
  for (const zone of [...filter.zones].sort()) {
    const range = priceRange(zone, filter.maxPrice)
    const gte = begin !== undefined && compareBytes(begin, range.gte) > 0 ? begin : range.gte
    if (compareBytes(gte, range.lt) >= 0) continue
    for (const [key, value] of store.range({ gte, lt: range.lt, limit: left })) {
      left -= 1
      const offer = offerCodec.decode(value)
      const name = nameOfPriceKey(key, zone)
      const seller = ownerOfName(store, name)
      if (seller !== undefined && isWanted(offer, seller, filter)) offers.push({ ...offer, name, seller })
      if (left === 0 || offers.length === limit) return { offers, next: key.subarray(1) }
    }
  }
  return { offers, next: undefined }
}

function isWanted(offer: Offer, owner: Uint8Array, { seller, buyer, ledgerTimeMs }: OfferFilter): boolean {
  if (!isOfferOpen(offer, ledgerTimeMs)) return false
  if (seller !== undefined && !equalBytes(seller, owner)) return false
  return buyer === undefined || offer.buyer === undefined || equalBytes(offer.buyer, buyer)
}

function priceRange(zone: string, maxPrice: bigint | undefined): { gte: Uint8Array; lt: Uint8Array } {
  const all = keysBelow(layout.offersByPrice, utf8(zone), separator)
  if (maxPrice === undefined || maxPrice >= 2n ** 64n - 1n) return all
  return { gte: all.gte, lt: storedKey(layout.offersByPrice, utf8(zone), separator, uint64ToBytes(maxPrice + 1n)) }
}

function nameOfPriceKey(key: Uint8Array, zone: string): string {
  const from = 1 + utf8(zone).length + 1 + priceBytes
  return `${fromUtf8(key.subarray(from, key.length - idBytes - 1))}.${zone}`
}
