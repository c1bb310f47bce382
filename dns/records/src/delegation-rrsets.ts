import type { Delegation } from '@cresset/core-ledger'
import { lowerCaseName, parseAbsoluteName, RecordType, type Rrset } from '@cresset/dns-wire'
import { RrsetBuilder } from './rrset-builder.ts'

/** What DNS holds for a delegated host: NS and DS at the cut, and addresses for the servers that have their names at or below it. */
export function delegationRrsets(delegation: Delegation, defaultTtlSeconds: number): Rrset[] {
  const { name, host, servers, signers } = delegation
  const ttl = delegation.ttlSeconds ?? defaultTtlSeconds
  const cut = wireName(`${host}.${name}`)
  const builder = new RrsetBuilder()
  const named = servers.map((server) => ({ owner: wireName(server.name), addresses: server.addresses }))
  builder.add(
    cut,
    RecordType.NS,
    ttl,
    named.map(({ owner }) => owner),
  )
  builder.add(cut, RecordType.DS, ttl, signers)
  for (const { owner, addresses } of named) {
    builder.add(
      owner,
      RecordType.A,
      ttl,
      addresses.filter((address) => address.length === 4),
    )
    builder.add(
      owner,
      RecordType.AAAA,
      ttl,
      addresses.filter((address) => address.length === 16),
    )
  }
  return builder.build()
}

function wireName(name: string): Uint8Array {
  return lowerCaseName(parseAbsoluteName(name))
}
