import {
  type BlockPoint,
  type HostPlace,
  type NameEntry,
  readDelegationAbove,
  readDelegations,
  readDomainCertificate,
  readHosts,
  readName,
  readParameters,
  readPublishedHost,
  readRecordPage,
  recordPageOf,
  type StateView,
} from '@cresset/core-ledger'
import { lowerCaseName, parseAbsoluteName, type Rrset } from '@cresset/dns-wire'
import { delegationRrsets } from './delegation-rrsets.ts'
import { hostEntryRrsets } from './host-entry.ts'
import { allPages, ownerRrsets, pageRrsets, servedRecords, TakenOwners } from './record-table.ts'

/** All that DNS holds at and below a name of the ledger: its hosts, its delegations, and what its record table has elsewhere. */
export function nameEntryRrsets(view: StateView, entry: NameEntry, defaultTtlSeconds: number): Rrset[] {
  const { rrsets, cuts } = publishedRrsets(view, entry, defaultTtlSeconds)
  const { name, registration } = entry
  const served = registration && servedRecords(view, name)
  if (served === undefined) return rrsets
  const taken = new TakenOwners(rrsets, cuts)
  const table = pageRrsets({ view, name, defaultTtlSeconds }, served, allPages(served))
  return [...rrsets, ...table.filter(({ owner }) => !taken.has(owner))]
}

/** What DNS holds of a name's hosts and delegations, and the owners of the latter. */
export function publishedRrsets(
  view: StateView,
  entry: NameEntry,
  defaultTtlSeconds: number,
): { rrsets: Rrset[]; cuts: Uint8Array[] } {
  const domainCertificate = domainCertificateOf(view, entry)
  const rrsets = readHosts(view, entry).flatMap((host) =>
    hostEntryRrsets(host, defaultTtlSeconds, { domainCertificate }),
  )
  const delegations = readDelegations(view, entry)
  for (const delegation of delegations) rrsets.push(...delegationRrsets(delegation, defaultTtlSeconds))
  const cuts = delegations.map(({ name, host }) => lowerCaseName(parseAbsoluteName(`${host}.${name}`)))
  return { rrsets, cuts }
}

/**
 * `host`: the ledger answers. `table`: it does too, from the name's record table. `delegation`: others do, and the records tell who.
 * `nothing`: none of them.
 */
export interface PlaceRecords {
  readonly kind: 'host' | 'table' | 'delegation' | 'nothing'
  readonly rrsets: Rrset[]
}

/** What DNS holds for one host: its own records, those of the delegation at or above it, or what the record table has for this owner. */
export function placeRecords(view: StateView, place: Pick<HostPlace, 'name' | 'host'>, at: BlockPoint): PlaceRecords {
  const { defaultTtlSeconds } = readParameters(view)
  const delegation = readDelegationAbove(view, place, at)
  if (delegation !== undefined) return { kind: 'delegation', rrsets: delegationRrsets(delegation, defaultTtlSeconds) }
  const published = readPublishedHost(view, place, at)
  if (published === undefined) return tableRecords(view, place, at)
  const { entry, ledgerTimeMs } = published.name
  const domainCertificate = entry && domainCertificateOf(view, entry)
  const rrsets = hostEntryRrsets(published.entry, defaultTtlSeconds, { ledgerTimeMs, domainCertificate })
  return { kind: 'host', rrsets }
}

function tableRecords(view: StateView, { name, host }: Pick<HostPlace, 'name' | 'host'>, at: BlockPoint): PlaceRecords {
  const { status } = readName(view, name, at)
  const served = status === 'active' || status === 'grace' ? servedRecords(view, name) : undefined
  const page = served && readRecordPage(view, name, served.generation, recordPageOf(host, served.bits))
  const found = page?.owners.find(({ owner }) => owner === host)
  if (found === undefined) return { kind: 'nothing', rrsets: [] }
  return { kind: 'table', rrsets: ownerRrsets(name, [found], readParameters(view).defaultTtlSeconds) }
}

// Most names have none, and a client would need a proof of that.
function domainCertificateOf(view: StateView, { name, registration }: NameEntry): Uint8Array | undefined {
  return registration?.domainCertificate && readDomainCertificate(view, name)?.certificate
}
