import { compareBytes, concatBytes, fromUtf8, utf8 } from '@cresset/core-codec'
import type { LedgerEvent } from '@cresset/core-ledger'
import { type KeyValueStore, keysBelow, layout, storedKey, type Write } from '@cresset/network-storage'

/*
 * Indexes answer what the state tree cannot: its keys are digests, so it has no lists. They follow from the events of blocks
 * alone, are written in the block's own batch, and are no part of the root: an answer from them is the word of the node.
 */

const nothing = new Uint8Array(0)
const separator = Uint8Array.of(0)

/** Names sort by zone, then label: a page of one zone is one range. */
function nameParts(name: string): Uint8Array {
  const dot = name.indexOf('.')
  return concatBytes(utf8(name.slice(dot + 1)), separator, utf8(name.slice(0, dot)))
}

function nameOfParts(parts: Uint8Array): string {
  const at = parts.indexOf(0)
  return `${fromUtf8(parts.subarray(at + 1))}.${fromUtf8(parts.subarray(0, at))}`
}

const nameKey = (name: string): Uint8Array => storedKey(layout.nameIndex, nameParts(name))
const ownerKey = (owner: Uint8Array, name: string): Uint8Array => storedKey(layout.ownerIndex, owner, nameParts(name))

/** Account that owns a name. */
export function ownerOfName(store: KeyValueStore, name: string): Uint8Array | undefined {
  return store.get(nameKey(name))
}

/** Entries of one registered name. */
export function nameIndexWrites(name: string, owner: Uint8Array): Write[] {
  return [
    { key: nameKey(name), value: owner },
    { key: ownerKey(owner, name), value: nothing },
  ]
}

/** Events after which a name is its `owner`'s. */
const owning: ReadonlySet<LedgerEvent['kind']> = new Set([
  'nameRegistered',
  'nameTransferred',
  'nameSold',
  'keyChanged',
])

/** What a block's events change in the indexes, at most one write a key. */
export function indexWrites(store: KeyValueStore, events: Iterable<LedgerEvent>): Write[] {
  const owners = new Map<string, Uint8Array | undefined>()
  const writes = new Map<string, Write>()
  const put = (key: Uint8Array, value: Uint8Array | undefined): void => {
    writes.set(Buffer.from(key).toString('latin1'), { key, value })
  }
  const ownerOf = (name: string): Uint8Array | undefined =>
    owners.has(name) ? owners.get(name) : ownerOfName(store, name)
  const release = (name: string): void => {
    const owner = ownerOf(name)
    if (owner === undefined) return
    put(ownerKey(owner, name), undefined)
    put(nameKey(name), undefined)
    owners.set(name, undefined)
  }
  for (const { kind, body } of events) {
    if (owning.has(kind) && 'owner' in body) {
      release(body.name)
      for (const { key, value } of nameIndexWrites(body.name, body.owner)) put(key, value)
      owners.set(body.name, body.owner)
    } else if (kind === 'nameCancelled' || kind === 'nameExpired') {
      release(body.name)
    }
  }
  return [...writes.values()]
}

export interface Page {
  /** The last name of the page before. */
  readonly after?: string | undefined
  readonly limit: number
}

/** Names of one owner, by zone and label. */
export function namesOfOwner(store: KeyValueStore, owner: Uint8Array, page: Page): string[] {
  return pageOf(store, storedKey(layout.ownerIndex, owner), keysBelow(layout.ownerIndex, owner), page)
}

/** Names of one zone, or of all, by zone and label. */
export function namesOfZone(store: KeyValueStore, zone: string | undefined, page: Page): string[] {
  const prefix = storedKey(layout.nameIndex)
  const range = zone === undefined ? keysBelow(layout.nameIndex) : keysBelow(layout.nameIndex, utf8(zone), separator)
  return pageOf(store, prefix, range, page)
}

function pageOf(
  store: KeyValueStore,
  prefix: Uint8Array,
  range: { gte: Uint8Array; lt: Uint8Array },
  { after, limit }: Page,
): string[] {
  // The zero makes it the first key behind the one named.
  const next = after === undefined ? range.gte : concatBytes(prefix, nameParts(after), separator)
  const gte = compareBytes(next, range.gte) < 0 ? range.gte : next
  if (compareBytes(gte, range.lt) >= 0) return []
  const names: string[] = []
  for (const [key] of store.range({ gte, lt: range.lt, limit })) names.push(nameOfParts(key.subarray(prefix.length)))
  return names
}
