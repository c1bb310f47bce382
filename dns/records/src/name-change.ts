import { equalBytes, toHex } from '@cresset/core-codec'
import { type NameEntry, type RecordGeneration, recordPageOf, type StateView, stateKeys } from '@cresset/core-ledger'
import { isAtOrBelow, type Rrset } from '@cresset/dns-wire'
import { publishedRrsets } from './name-records.ts'
import { allPages, pageRrsets, relativeText, servedRecords, TakenOwners } from './record-table.ts'

/** A name as it stands in one state. */
export interface NameAt {
  readonly view: StateView
  readonly entry: NameEntry
  readonly defaultTtlSeconds: number
}

/** What goes, and RRsets that are new or stand in the place of others. */
export interface RrsetChange {
  /** Owners that go with all below them, before anything is put. */
  readonly clear: readonly Uint8Array[]
  readonly remove: readonly { readonly owner: Uint8Array; readonly type: number }[]
  readonly put: readonly Rrset[]
}

/**
 * What changed in DNS for a name between two states in which it serves a record table of as many pages: decodes, beside hosts and
 * delegations, the pages that differ, and of others the owners that hosts which came or went may hide. `written`: pages that were written of a
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
  const differing = isSame ? written : new Set(differingPages(before.view, servedBefore, after.view, served, name))
  // Of pages that are the same, the owners that only one of both leaves to the table.
  const moved = from.taken.ownersThatDiffer(to.taken, name)
  const movedIn = new Set(
    [...moved].map((owner) => recordPageOf(owner, served.bits)).filter((at) => !differing.has(at)),
  )
  // What a delegation hides goes at once. What it hid can stand in any page.
  const clear = to.taken.cutsBeside(from.taken)
  const opened = from.taken.cutsBeside(to.taken).map((cut) => relativeText(cut, name))
  const isWanted = (owner: string): boolean =>
    moved.has(owner) || opened.some((cut) => owner === cut || owner.endsWith(`.${cut}`))
  const openedIn = opened.length === 0 ? movedIn : allPages(served).filter((index) => !differing.has(index))
  const all = (shown: Shown, of: RecordGeneration, others: Iterable<number>): Rrset[] => {
    const table = [...pageRrsets(shown, of, differing), ...pageRrsets(shown, of, others, isWanted)]
    return [...shown.rrsets, ...table.filter(({ owner }) => !shown.taken.has(owner))]
  }
  const stays = all(from, servedBefore, movedIn).filter(({ owner }) => !clear.some((cut) => isAtOrBelow(owner, cut)))
  return { clear, ...difference(stays, all(to, served, openedIn)) }
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

function difference(before: readonly Rrset[], after: readonly Rrset[]): Omit<RrsetChange, 'clear'> {
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
