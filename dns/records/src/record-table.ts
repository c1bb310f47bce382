import { compareBytes, equalBytes } from '@cresset/core-codec'
import {
  type OwnerRecords,
  type RecordGeneration,
  readPageOwners,
  readRecordPage,
  readRecordTable,
  type StateView,
} from '@cresset/core-ledger'
import { formatName, isAtOrBelow, lowerCaseName, parseAbsoluteName, parseName, type Rrset } from '@cresset/dns-wire'

/** The records that a name's owner publishes by his word alone, as far as its hosts and delegations leave them room. */

/** RRsets of owners of a record table, records in canonical order. The ledger let neither an owner, a type of one, nor a record pass twice. */
export function ownerRrsets(name: string, owners: readonly OwnerRecords[], defaultTtlSeconds: number): Rrset[] {
  const top = lowerCaseName(parseAbsoluteName(name))
  const rrsets: Rrset[] = []
  for (const { owner: text, recordSets } of owners) {
    const owner = text === '' ? top : parseName(text, top)
    for (const { type, ttlSeconds, data } of recordSets)
      rrsets.push({
        owner,
        type,
        ttl: ttlSeconds ?? defaultTtlSeconds,
        rdatas: data.length === 1 ? data : [...data].sort(compareBytes),
      })
  }
  return rrsets
}

/** The generation that DNS shows. */
export function servedRecords(view: StateView, name: string): RecordGeneration | undefined {
  return readRecordTable(view, name)?.served
}

/** What pages of a generation hold; with `isWanted`, of the owners that are asked for. */
export function pageRrsets(
  { view, name, defaultTtlSeconds }: { view: StateView; name: string; defaultTtlSeconds: number },
  { generation }: RecordGeneration,
  pages: Iterable<number>,
  isWanted?: (owner: string) => boolean,
): Rrset[] {
  const rrsets: Rrset[] = []
  for (const index of pages) {
    const owners =
      isWanted === undefined
        ? (readRecordPage(view, name, generation, index)?.owners ?? [])
        : readPageOwners(view, name, generation, index, isWanted)
    for (const rrset of ownerRrsets(name, owners, defaultTtlSeconds)) rrsets.push(rrset)
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
    if (this.#owners.size === 0) return false
    return this.#owners.has(textOf(owner)) || this.#cuts.some((cut) => isAtOrBelow(owner, cut))
  }

  /** Owners that only one of the two takes, as a record table names them; those below delegated hosts apart. */
  ownersThatDiffer(other: TakenOwners, name: string): Set<string> {
    const owners = new Set<string>()
    for (const [key, owner] of [...this.#owners, ...other.#owners])
      if (!this.#owners.has(key) || !other.#owners.has(key)) owners.add(relativeText(owner, name))
    return owners
  }

  /** Delegated hosts that the other does not have. */
  cutsBeside(other: TakenOwners): Uint8Array[] {
    return this.#cuts.filter((cut) => !other.#cuts.some((has) => equalBytes(has, cut)))
  }
}

/** As a record table names its owners. */
export function relativeText(owner: Uint8Array, name: string): string {
  return formatName(owner).slice(0, -`.${name}.`.length)
}

const textOf = (owner: Uint8Array): string => String.fromCharCode(...owner)
