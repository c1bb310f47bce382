import {
  type BlockPoint,
  type HostPlace,
  type NameEntry,
  readDelegationAbove,
  readDelegations,
  readDomainCertificate,
  readHosts,
  readParameters,
  readPublishedHost,
  type StateView,
} from '@cresset/core-ledger'
import type { Rrset } from '@cresset/dns-wire'
import { delegationRrsets } from './delegation-rrsets.ts'
import { hostEntryRrsets } from './host-entry.ts'

/** All that DNS holds at and below a name of the ledger: its hosts and its delegations. */
export function nameEntryRrsets(view: StateView, entry: NameEntry, defaultTtlSeconds: number): Rrset[] {
  const domainCertificate = domainCertificateOf(view, entry)
  const rrsets = readHosts(view, entry).flatMap((host) =>
    hostEntryRrsets(host, defaultTtlSeconds, { domainCertificate }),
  )
  for (const delegation of readDelegations(view, entry)) rrsets.push(...delegationRrsets(delegation, defaultTtlSeconds))
  return rrsets
}

/** `host`: the ledger answers. `delegation`: others do, and the records tell who. `nothing`: neither. */
export interface PlaceRecords {
  readonly kind: 'host' | 'delegation' | 'nothing'
  readonly rrsets: Rrset[]
}

/** What DNS holds for one host: its own records, or those of the delegation at or above it. */
export function placeRecords(view: StateView, place: Pick<HostPlace, 'name' | 'host'>, at: BlockPoint): PlaceRecords {
  const { defaultTtlSeconds } = readParameters(view)
  const delegation = readDelegationAbove(view, place, at)
  if (delegation !== undefined) return { kind: 'delegation', rrsets: delegationRrsets(delegation, defaultTtlSeconds) }
  const published = readPublishedHost(view, place, at)
  if (published === undefined) return { kind: 'nothing', rrsets: [] }
  const { entry, ledgerTimeMs } = published.name
  const domainCertificate = entry && domainCertificateOf(view, entry)
  const rrsets = hostEntryRrsets(published.entry, defaultTtlSeconds, { ledgerTimeMs, domainCertificate })
  return { kind: 'host', rrsets }
}

// Most names have none, and a client would need a proof of that.
function domainCertificateOf(view: StateView, { name, registration }: NameEntry): Uint8Array | undefined {
  return registration?.domainCertificate && readDomainCertificate(view, name)?.certificate
}
