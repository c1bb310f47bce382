import type { TablePages } from '@cresset/access-client'
import type { OwnerRecords } from '@cresset/core-ledger'

/** The owners of a whole record table, so that a question costs no look at each of them. Hosts are written as the ledger writes them. */
export class OwnerIndex {
  readonly #records = new Map<string, OwnerRecords>()
  /** With the last label first, sorted: what is below one host stands together. */
  readonly #turned: readonly string[]

  constructor(pages: TablePages) {
    for (const { owners } of pages.values()) for (const entry of owners) this.#records.set(entry.owner, entry)
    this.#turned = [...this.#records.keys()].map(turned).sort()
  }

  get(host: string): OwnerRecords | undefined {
    return this.#records.get(host)
  }

  /** Whether a host is an owner or above one: then it exists (RFC 4592 section 2.2.2). */
  exists(host: string): boolean {
    if (this.#records.has(host)) return true
    if (host === '') return this.#records.size > 0
    const below = `${turned(host)}.`
    return this.#turned[this.#firstFrom(below)]?.startsWith(below) ?? false
  }

  /** The place of the first text that is not before `text`. */
  #firstFrom(text: string): number {
    let low = 0
    let high = this.#turned.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#turned[middle] as string) < text) low = middle + 1
      else high = middle
    }
    return low
  }
}

const turned = (host: string): string => host.split('.').reverse().join('.')
