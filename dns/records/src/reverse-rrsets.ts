import { type ConfirmedHost, hostName } from '@cresset/core-ledger'
import { lowerCaseName, parseAbsoluteName, RecordType, type Rrset, reverseName } from '@cresset/dns-wire'
import { RrsetBuilder } from './rrset-builder.ts'

/** The PTR records of an address: the hosts that its holder confirmed (RFC 1035 section 3.5, RFC 3596 section 2.5). */
export function reverseRrsets(address: Uint8Array, confirmed: readonly ConfirmedHost[], ttlSeconds: number): Rrset[] {
  const builder = new RrsetBuilder()
  const owner = parseAbsoluteName(reverseName(address))
  const targets = confirmed.map(({ name, host }) => lowerCaseName(parseAbsoluteName(hostName(host, name))))
  builder.add(owner, RecordType.PTR, ttlSeconds, targets)
  return builder.build()
}
