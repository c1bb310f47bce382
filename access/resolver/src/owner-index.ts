import { setImmediate } from 'node:timers/promises'
import { type OwnerRecords, type RecordGeneration, readPageOwners, recordPageOf } from '@cresset/core-ledger'

/** Entries of a record table's pages as the state has them, by index; those without owners are left out. */
export type PageEntries = ReadonlyMap<number, Uint8Array>

/** Pages that are gone through at a stretch: a table can have 262,144 owners, and questions come meanwhile. */
const PAGES_AT_ONCE = 8
/** What a text takes besides its characters. */
const TEXT_OVERHEAD_BYTES = 32

/** Those of an entry's owners that are asked for; the records of others are not decoded. */
export const ownersOfEntry = (entry: Uint8Array, isWanted: (owner: string) => boolean): OwnerRecords[] =>
  readPageOwners({ get: () => entry }, '', 0, 0, isWanted)

/**
 * The owners of a whole record table, so that a question costs no look at each of them. Records stay as the state has them: decoded, small
 * ones take fifty times the room. Hosts are written as the ledger writes them.
 */
export class OwnerIndex {
  /** Of memory, about. */
  readonly bytes: number
  readonly #bits: number
  readonly #entries: PageEntries
  /** Owners with the last label first, sorted within each page: what is below one host stands together. */
  readonly #turned: readonly (readonly string[])[]

  private constructor(bits: number, entries: PageEntries, turned: readonly (readonly string[])[], bytes: number) {
    this.#bits = bits
    this.#entries = entries
    this.#turned = turned
    this.bytes = bytes
  }

  static async of({ bits }: Pick<RecordGeneration, 'bits'>, entries: PageEntries): Promise<OwnerIndex> {
    const turned: string[][] = []
    let bytes = 0
    for (const entry of entries.values()) {
      if (turned.length % PAGES_AT_ONCE === PAGES_AT_ONCE - 1) await setImmediate()
      const owners: string[] = []
      ownersOfEntry(entry, (owner) => {
        owners.push(turnedText(owner))
        bytes += owner.length + TEXT_OVERHEAD_BYTES
        return false
      })
      turned.push(owners.sort())
      bytes += entry.length
    }
    return new OwnerIndex(bits, entries, turned, bytes)
  }

  get(host: string): OwnerRecords | undefined {
    const entry = this.#entries.get(recordPageOf(host, this.#bits))
    return entry && ownersOfEntry(entry, (owner) => owner === host)[0]
  }

  /** Whether a host is an owner or above one: then it exists (RFC 4592 section 2.2.2). */
  exists(host: string): boolean {
    if (host === '') return this.#turned.some(({ length }) => length > 0)
    const own = turnedText(host)
    const below = `${own}.`
    return this.#turned.some((owners) => {
      if (owners[firstFrom(owners, own)] === own) return true
      return owners[firstFrom(owners, below)]?.startsWith(below) ?? false
    })
  }
}

const turnedText = (host: string): string => host.split('.').reverse().join('.')

/** The place of the first of sorted texts that is not before `text`. */
function firstFrom(texts: readonly string[], text: string): number {
  let low = 0
  let high = texts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if ((texts[middle] as string) < text) low = middle + 1
    else high = middle
  }
  return low
}
