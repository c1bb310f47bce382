import { accountOf, type PublicKey } from '@cresset/core-crypto'
import {
  isBelow,
  type NameZone,
  type OwnerRecords,
  type RecordGeneration,
  type RecordPage,
  readAccount,
  readNameZone,
  readRecordPage,
  type StateView,
  stateKeys,
} from '@cresset/core-ledger'
import { hostEntryRrsets } from '@cresset/dns-records'
import { lowerCaseName, parseAbsoluteName, type Rrset } from '@cresset/dns-wire'
import type { RestsOn } from '../answer.ts'
import type { Client } from '../client.ts'
import { relativeOwner } from './owner-name.ts'

/** Pages of one generation that have owners, by their index. */
export type TablePages = ReadonlyMap<number, RecordPage>

/** All that the ledger has for DNS at and below a name, at one height. */
export interface ZoneStanding extends NameZone {
  readonly served: TablePages
  readonly building: TablePages
  /** The owner's next: a transaction with it comes right after what stands here, or not at all. */
  readonly sequence: number
  readonly rests: RestsOn
}

/** Keys that one answer proves at most: 64 pages are a megabyte. */
const pagesPerAnswer = 64

/** Reads a name, its hosts, delegations and record table with every page, proven and all at one height. @throws ClientError */
export async function readZoneStanding(client: Client, name: string): Promise<ZoneStanding> {
  const { value, rests } = await client.query((view, at) => readNameZone(view, name, at), `/v1/names/${name}/zone`)
  const sequence = await readSequence(client, rests.height, value.name.entry?.registration?.primaryKey)
  const pagesOf = (of: RecordGeneration | undefined): Promise<TablePages> => {
    const indexes = Array.from({ length: of === undefined ? 0 : 2 ** of.bits }, (_, index) => index)
    return readRecordPages(client, rests.height, name, of?.generation ?? 0, indexes)
  }
  const served = await pagesOf(value.table?.served)
  const building = await pagesOf(value.table?.building)
  return { ...value, served, building, sequence, rests }
}

async function readSequence(client: Client, height: number, owner: PublicKey | undefined): Promise<number> {
  if (owner === undefined) return 0
  const account = accountOf(owner)
  return (await client.queryAt(height, [stateKeys.account(account)], (view) => readAccount(view, account))).value
    .sequence
}

/** Pages of a generation at one height, proven; those without owners are left out. @throws ClientError */
export function readRecordPages(
  client: Client,
  height: number,
  name: string,
  generation: number,
  indexes: readonly number[],
): Promise<TablePages> {
  return readEach(client, height, name, generation, indexes, (view, index) =>
    readRecordPage(view, name, generation, index),
  )
}

/** As `readRecordPages`, as the state has them: decoded, small records take fifty times the room. */
export function readRecordEntries(
  client: Client,
  height: number,
  name: string,
  generation: number,
  indexes: readonly number[],
): Promise<ReadonlyMap<number, Uint8Array>> {
  return readEach(client, height, name, generation, indexes, (view, index) =>
    view.get(stateKeys.recordPage(name, generation, index))?.slice(),
  )
}

async function readEach<T>(
  client: Client,
  height: number,
  name: string,
  generation: number,
  indexes: readonly number[],
  read: (view: StateView, index: number) => T | undefined,
): Promise<Map<number, T>> {
  const pages = new Map<number, T>()
  for (let from = 0; from < indexes.length; from += pagesPerAnswer) {
    const some = indexes.slice(from, from + pagesPerAnswer)
    const keys = some.map((index) => stateKeys.recordPage(name, generation, index))
    const { value } = await client.queryAt(height, keys, (view) => some.map((index) => read(view, index)))
    for (const [place, page] of value.entries()) if (page !== undefined) pages.set(some[place] as number, page)
  }
  return pages
}

/** What stands in DNS before a record table, so that records of the table with the same owners are not shown. */
export interface ShownBefore {
  /** What hosts are made into, by owner relative to the name. */
  readonly hosts: ReadonlyMap<string, readonly Rrset[]>
  /** Relative, as in the name's record. */
  readonly delegations: readonly string[]
}

export function shownBefore({ name, hosts, delegations, domainCertificate, parameters }: NameZone): ShownBefore {
  const apex = lowerCaseName(parseAbsoluteName(name.name))
  const byOwner = new Map<string, Rrset[]>()
  for (const host of hosts) {
    const options = { ledgerTimeMs: name.ledgerTimeMs, domainCertificate }
    for (const rrset of hostEntryRrsets(host, parameters.defaultTtlSeconds, options)) {
      const owner = relativeOwner(rrset.owner, apex)
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), rrset])
    }
  }
  return { hosts: byOwner, delegations: delegations.map(({ host }) => host) }
}

export function isHidden(owner: string, { hosts, delegations }: ShownBefore): boolean {
  return hosts.has(owner) || delegationAbove(owner, delegations) !== undefined
}

/** The delegated host that an owner is, or is below. */
export function delegationAbove(owner: string, delegations: readonly string[]): string | undefined {
  return delegations.find((host) => owner === host || isBelow(owner, host))
}

/** The owners of a generation, sorted. */
export function ownersOf(pages: TablePages): OwnerRecords[] {
  const owners = [...pages.values()].flatMap((page) => page.owners)
  return owners.sort((a, b) => (a.owner < b.owner ? -1 : 1))
}
