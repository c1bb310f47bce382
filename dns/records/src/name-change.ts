import { equalBytes, toHex } from '@cresset/core-codec'
import { type NameEntry, type RecordGeneration, type StateView, stateKeys } from '@cresset/core-ledger'
import type { Rrset } from '@cresset/dns-wire'
import { publishedRrsets } from './name-records.ts'
import { allPages, pageRrsets, servedRecords, TakenOwners } from './record-table.ts'

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
 * What changed in DNS for a name between two states in which it serves a record table of as many pages: reads, beside hosts and
 * delegations, the pages that differ, and those that hosts which came or went may hide. `written`: pages that were written of a
 * generation that both serve. Undefined where all of the name is to be shown anew.
 */
export function nameChange(before: NameAt, after: NameAt, written: ReadonlySet<number>): RrsetChange | undefined {
  const { name } = after.entry
  const [servedBefore, served] = [servedRecords(before.view, name), servedRecords(after.view, name)]
  if (served === undefined || servedBefore?.bits !== served.bits) return undefined
  const [from, to] = [before, after].map(({ view, entry, defaultTtlSeconds }) => {
    const { rrsets, cuts } = publishedRrsets(view, entry, defaultTtlSeconds)
    return { view, name, defaultTtlSeconds, rrsets, taken: new TakenOwners(rrsets, cuts) }
  }) as [Shown, Shown]
  const isSame = served.generation === servedBefore.generation
  const differing = isSame ? written : differingPages(before.view, servedBefore, after.view, served, name)
  const pages = new Set([...differing, ...from.taken.pagesThatDiffer(to.taken, name, served.bits)])
  const cuts = from.taken.cutsThatDiffer(to.taken, name)
  const isBelowCut = (owner: string): boolean => cuts.some((cut) => owner === cut || owner.endsWith(`.${cut}`))
  // What is below a cut can stand in any page; of the others both states have the same.
  const others = cuts.length === 0 ? [] : allPages(served).filter((index) => !pages.has(index))
  const below = pageRrsets(to, served, others, isBelowCut)
  const all = (shown: Shown, of: RecordGeneration): Rrset[] => {
    const table = [...pageRrsets(shown, of, pages), ...below]
    return [...shown.rrsets, ...table.filter(({ owner }) => !shown.taken.has(owner))]
  }
  return difference(all(from, servedBefore), all(to, served))
}

/** Pages whose entries are not the same in two generations with as many pages. */
function differingPages(
  viewBefore: StateView,
  before: RecordGeneration,
  view: StateView,
  after: RecordGeneration,
  name: string,
): number[] {
  return allPages(after).filter((index) => {
    const was = viewBefore.get(stateKeys.recordPage(name, before.generation, index))
    const is = view.get(stateKeys.recordPage(name, after.generation, index))
    return was === undefined || is === undefined ? was !== is : !equalBytes(was, is)
  })
}

interface Shown extends Omit<NameAt, 'entry'> {
  readonly name: string
  readonly rrsets: Rrset[]
  readonly taken: TakenOwners
}

function difference(before: readonly Rrset[], after: readonly Rrset[]): RrsetChange {
  const keyOf = ({ owner, type }: Rrset): string => `${toHex(owner)}/${type}`
  const gone = new Map<string, Rrset>()
  for (const rrset of before) gone.set(keyOf(rrset), rrset)
  const put: Rrset[] = []
  for (const rrset of after) {
    const key = keyOf(rrset)
    const was = gone.get(key)
    if (was === undefined || !isSame(was, rrset)) put.push(rrset)
    gone.delete(key)
  }
  return { remove: [...gone.values()].map(({ owner, type }) => ({ owner, type })), put }
}

function isSame(a: Rrset, b: Rrset): boolean {
  if (a.ttl !== b.ttl || a.rdatas.length !== b.rdatas.length) return false
  return a.rdatas.every((rdata, index) => equalBytes(rdata, b.rdatas[index] as Uint8Array))
}
