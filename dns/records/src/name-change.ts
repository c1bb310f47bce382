import { equalBytes, toHex } from '@cresset/core-codec'
import type { NameEntry, StateView } from '@cresset/core-ledger'
import type { Rrset } from '@cresset/dns-wire'
import { publishedRrsets } from './name-records.ts'
import { pageRrsets, servedRecords, TakenOwners } from './record-table.ts'

/** A name as it stands in one state. */
export interface NameAt {
  readonly view: StateView
  readonly entry: NameEntry
  readonly defaultTtlSeconds: number
}

/** RRsets that go, and those that are new or stand in the place of others. */
export interface RrsetChange {
  readonly remove: readonly { readonly owner: Uint8Array; readonly type: number }[]
  readonly put: readonly Rrset[]
}

/**
 * What changed in DNS for a name between two states in which it serves the same generation of its record table: reads, beside hosts
 * and delegations, the pages that were written and those that hosts which came or went may hide. Undefined when it serves another
 * generation, or none: then all of the name is to be shown anew.
 */
export function nameChange(before: NameAt, after: NameAt, written: ReadonlySet<number>): RrsetChange | undefined {
  const { name } = after.entry
  const served = servedRecords(after.view, name)
  if (served === undefined || servedRecords(before.view, name)?.generation !== served.generation) return undefined
  const [from, to] = [before, after].map(({ view, entry, defaultTtlSeconds }) => {
    const { rrsets, cuts } = publishedRrsets(view, entry, defaultTtlSeconds)
    return { view, defaultTtlSeconds, rrsets, taken: new TakenOwners(rrsets, cuts) }
  }) as [Shown, Shown]
  const pages = new Set([...written, ...from.taken.pagesThatDiffer(to.taken, name, served)])
  const all = ({ view, rrsets, taken, defaultTtlSeconds }: Shown): Rrset[] => [
    ...rrsets,
    ...pageRrsets(view, { name, served, taken }, pages, defaultTtlSeconds),
  ]
  return difference(all(from), all(to))
}

interface Shown extends Omit<NameAt, 'entry'> {
  readonly rrsets: Rrset[]
  readonly taken: TakenOwners
}

function difference(before: readonly Rrset[], after: readonly Rrset[]): RrsetChange {
  const keyOf = ({ owner, type }: Rrset): string => `${toHex(owner)}/${type}`
  const known = new Map(before.map((rrset) => [keyOf(rrset), rrset]))
  const kept = new Set(after.map(keyOf))
  const isSame = (a: Rrset | undefined, b: Rrset): boolean =>
    a !== undefined &&
    a.ttl === b.ttl &&
    a.rdatas.length === b.rdatas.length &&
    a.rdatas.every((rdata, index) => equalBytes(rdata, b.rdatas[index] as Uint8Array))
  return {
    remove: [...known].filter(([key]) => !kept.has(key)).map(([, { owner, type }]) => ({ owner, type })),
    put: after.filter((rrset) => !isSame(known.get(keyOf(rrset)), rrset)),
  }
}
