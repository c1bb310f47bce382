import type { Registration } from '../entries/name.ts'

/** Addresses and KiB of hosts whose ending takes as long as that of a name. */
const holdingsPerName = 16

/**
 * What ending a name takes, counted in names that hold nothing. All that it holds was paid for when it was published, but ends in one
 * block. A delegation with its certificate has about 12 KiB.
 */
export function endingCost({ hosts, delegations }: Pick<Registration, 'hosts' | 'delegations'>): number {
  const held = hosts.reduce((sum, { addresses, kibibytes }) => sum + addresses + kibibytes, 0)
  return 1 + delegations.length + Math.floor(held / holdingsPerName)
}
