import type { Refusal } from '../codes.ts'
import type { Registration } from '../entries/name.ts'
import { isBelow } from '../names/host.ts'
import { canList } from '../names/listing.ts'
import { delegationLimits } from './delegation.ts'

type Places = Pick<Registration, 'hosts' | 'delegations'>

/** Why nothing can be published at a host, or undefined: whoever it is delegated to answers there and below. */
export function delegatedProblem({ delegations }: Pick<Places, 'delegations'>, host: string): Refusal | undefined {
  if (delegations.includes(host)) return 'delegation-not-alone'
  return delegations.some((other) => isBelow(host, other)) ? 'below-delegation' : undefined
}

/** Why a host cannot be delegated beside what the name holds, or undefined. */
export function delegationPlaceProblem({ hosts, delegations }: Places, host: string): Refusal | undefined {
  // The ledger itself answers at the name, at wildcards, and for the services of hosts.
  if (host === '' || host.startsWith('*') || host.startsWith('_')) return 'delegation-place'
  if (hosts.some((other) => other.host === host)) return 'delegation-not-alone'
  if (hosts.some((other) => isBelow(other.host, host))) return 'below-delegation'
  if (delegations.some((other) => isBelow(host, other) || isBelow(other, host))) return 'below-delegation'
  const isNew = !delegations.includes(host)
  if (isNew && delegations.length === delegationLimits.perName) return 'too-many-delegations'
  return canList({ hosts, delegations }, host) ? undefined : 'name-too-large'
}
