import {
  type OwnerRecords,
  type RecordGeneration,
  readRecordPage,
  readRecordTable,
  recordPageOf,
  type StateView,
} from '@cresset/core-ledger'
import { formatName, isAtOrBelow, lowerCaseName, parseAbsoluteName, parseName, type Rrset } from '@cresset/dns-wire'
import { RrsetBuilder } from './rrset-builder.ts'

/** The records that a name's owner publishes by his word alone, as far as its hosts and delegations leave them room. */

/** RRsets of owners of a record table, by owner and type. */
export function ownerRrsets(name: string, owners: readonly OwnerRecords[], defaultTtlSeconds: number): Rrset[] {
  const top = wireName(name)
  const builder = new RrsetBuilder()
  for (const { owner, recordSets } of owners) {
    const place = owner === '' ? top : lowerCaseName(parseName(owner, top))
    for (const { type, ttlSeconds, data } of recordSets) builder.add(place, type, ttlSeconds ?? defaultTtlSeconds, data)
  }
  return builder.build()
}

/** The generation that DNS shows. */
export function servedRecords(view: StateView, name: string): RecordGeneration | undefined {
  return readRecordTable(view, name)?.served
}

/** What pages of a generation show beside the hosts and delegations of the name. */
export function pageRrsets(
  view: StateView,
  { name, served, taken }: { name: string; served: RecordGeneration; taken: TakenOwners },
  pages: Iterable<number>,
  defaultTtlSeconds: number,
): Rrset[] {
  const rrsets: Rrset[] = []
  for (const index of pages) {
    const page = readRecordPage(view, name, served.generation, index)
    if (page === undefined) continue
    for (const rrset of ownerRrsets(name, page.owners, defaultTtlSeconds))
      if (!taken.has(rrset.owner)) rrsets.push(rrset)
  }
  return rrsets
}

export function allPages({ bits }: RecordGeneration): number[] {
  return Array.from({ length: 2 ** bits }, (_, index) => index)
}

/** Owners where hosts and delegations go before the record table: all that have a record of them, and all below a delegated host. */
export class TakenOwners {
  readonly #owners = new Map<string, Uint8Array>()
  readonly #cuts: readonly Uint8Array[]

  /** `rrsets`: those of the name's hosts and delegations. `cuts`: the delegated hosts. */
  constructor(rrsets: readonly Rrset[], cuts: readonly Uint8Array[]) {
    for (const { owner } of rrsets) this.#owners.set(textOf(owner), owner)
    this.#cuts = cuts
  }

  has(owner: Uint8Array): boolean {
    return this.#owners.has(textOf(owner)) || this.#cuts.some((cut) => isAtOrBelow(owner, cut))
  }

  /** Pages of a table of the name that may show something else with these owners than with others. */
  pagesThatDiffer(other: TakenOwners, name: string, served: RecordGeneration): Iterable<number> {
    const text = (cuts: readonly Uint8Array[]): string => cuts.map(textOf).sort().join()
    // What is below a cut can stand in any page.
    if (text(this.#cuts) !== text(other.#cuts)) return allPages(served)
    const pages = new Set<number>()
    const end = `.${name}.`.length
    for (const [from, to] of [
      [this, other],
      [other, this],
    ] as const)
      for (const [key, owner] of from.#owners)
        if (!to.#owners.has(key)) pages.add(recordPageOf(formatName(owner).slice(0, -end), served.bits))
    return pages
  }
}

const textOf = (owner: Uint8Array): string => String.fromCharCode(...owner)
const wireName = (text: string): Uint8Array => lowerCaseName(parseAbsoluteName(text))
