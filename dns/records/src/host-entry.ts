import type { HostEntry } from '@cresset/core-ledger'
import type { Rrset } from '@cresset/dns-wire'
import { hostRrsets } from './name-rrsets.ts'

/** What DNS holds for a host of the ledger. */
export function hostEntryRrsets(entry: HostEntry, defaultTtlSeconds: number): Rrset[] {
  const { name, host, servers, services, recordSets, ttlSeconds } = entry
  const record = {
    host,
    servers,
    services,
    recordSets: recordSets.map(({ type, ttlSeconds: ttl, data }) => ({ type, ttl, rdatas: data })),
  }
  return hostRrsets(name, record, ttlSeconds ?? defaultTtlSeconds)
}
