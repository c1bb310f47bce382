import type { RecordGeneration } from '@cresset/core-ledger'
import { OwnerIndex, type PageEntries } from './owner-index.ts'
import { ResolveError } from './resolve-error.ts'

/** A record table as it stood at one height. */
export interface TablePlace {
  readonly name: string
  readonly height: number
  readonly served: RecordGeneration
  /** One of its pages, which may be without owners. */
  readonly known: { readonly index: number; readonly entry: Uint8Array | undefined }
}

/** A whole record table, proven at one height. */
export interface KeptTable {
  readonly height: number
  /** When it was found to be the newest, by this machine's clock. */
  readonly provenAtMs: number
  readonly owners: OwnerIndex
}

export interface TableCacheOptions {
  /** Proves every page but the one that is known. */
  readonly fetch: (place: TablePlace) => Promise<PageEntries>
  readonly now: () => number
  /** How long a table answers for itself: as long as a denial stands (RFC 2308, and RFC 8198 of denials for other names). */
  readonly maxAgeMs: number
  /** Of all tables that are kept. */
  readonly maxBytes?: number
  /** Tables that are fetched at once; a question that needs one more is refused. */
  readonly maxFlights?: number
}

/** One of the largest, with as many owners as there can be, takes nearly all of it. */
const MAX_BYTES = 16 * 1024 * 1024
const MAX_FLIGHTS = 2

/**
 * Whole tables by name, the one longest unused going first: to deny one name takes every page, and each of a table's names that are not
 * there can be asked for. Who needs a table that is being fetched waits for it.
 */
export class TableCache {
  readonly #options: Required<TableCacheOptions>
  readonly #tables = new Map<string, KeptTable>()
  readonly #flights = new Map<string, Promise<KeptTable>>()
  #bytes = 0

  constructor(options: TableCacheOptions) {
    this.#options = { maxBytes: MAX_BYTES, maxFlights: MAX_FLIGHTS, ...options }
  }

  /** A table that is young enough, and was proven no earlier than `notBeforeMs`. */
  young(name: string, notBeforeMs: number): KeptTable | undefined {
    const { now, maxAgeMs } = this.#options
    const table = this.#tables.get(name)
    if (table === undefined || table.provenAtMs < notBeforeMs || now() - table.provenAtMs >= maxAgeMs) return undefined
    this.#tables.delete(name)
    this.#tables.set(name, table)
    return table
  }

  /** The table at this place, or at the one where another question is fetching it now. `provenAtMs`: when the place was the newest. */
  get(place: TablePlace, provenAtMs: number): Promise<KeptTable> {
    const flight = this.#flights.get(place.name)
    if (flight !== undefined) return flight
    const { fetch, maxFlights } = this.#options
    if (this.#flights.size >= maxFlights)
      return Promise.reject(
        new ResolveError('busy', `${this.#flights.size} record tables are being fetched; ask again`),
      )
    const fetched = fetch(place)
      .then((others) => OwnerIndex.of(place.served, withKnown(others, place)))
      .then((owners) => this.#keep(place.name, { height: place.height, provenAtMs, owners }))
      .finally(() => this.#flights.delete(place.name))
    this.#flights.set(place.name, fetched)
    return fetched
  }

  forget(name: string): void {
    this.#bytes -= this.#tables.get(name)?.owners.bytes ?? 0
    this.#tables.delete(name)
  }

  #keep(name: string, table: KeptTable): KeptTable {
    this.forget(name)
    this.#tables.set(name, table)
    this.#bytes += table.owners.bytes
    for (const oldest of this.#tables.keys()) {
      if (this.#bytes <= this.#options.maxBytes) break
      this.forget(oldest)
    }
    return table
  }
}

function withKnown(others: PageEntries, { known: { index, entry } }: TablePlace): PageEntries {
  return entry === undefined ? others : new Map([...others, [index, entry]])
}
