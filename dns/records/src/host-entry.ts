import type { HostEntry } from '@cresset/core-ledger'
import type { Rrset } from '@cresset/dns-wire'
import { hostRrsets } from './name-rrsets.ts'

export interface HostEntryOptions {
  readonly ledgerTimeMs?: number
  /** DER of the name's authority, if it has one. */
  readonly domainCertificate?: Uint8Array | undefined
}

/**
 * What DNS holds for a host of the ledger. The ledger ends old keys in its own time; who knows the ledger time leaves out those that
 * it has not come to.
 */
export function hostEntryRrsets(
  entry: HostEntry,
  defaultTtlSeconds: number,
  { ledgerTimeMs = 0, domainCertificate }: HostEntryOptions = {},
): Rrset[] {
  const { name, host, servers, services, recordSets, ttlSeconds } = entry
  const retiring = entry.retiringKeys.filter(({ untilLedgerMs }) => untilLedgerMs > ledgerTimeMs)
  const record = {
    host,
    servers,
    retiringKeys: retiring.map(({ publicKey }) => publicKey),
    domainCertificate,
    services,
    recordSets: recordSets.map(({ type, ttlSeconds: ttl, data }) => ({ type, ttl, rdatas: data })),
  }
  return hostRrsets(name, record, ttlSeconds ?? defaultTtlSeconds)
}
