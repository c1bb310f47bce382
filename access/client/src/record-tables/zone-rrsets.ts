import { delegationRrsets, ownerRrsets } from '@cresset/dns-records'
import type { Rrset } from '@cresset/dns-wire'
import { isHidden, ownersOf, shownBefore, type ZoneStanding } from './zone-standing.ts'

/** What DNS answers at and below a name: its hosts, its delegations, and of its record table what these do not hide. */
export function answeredRrsets(standing: ZoneStanding): Rrset[] {
  const { name, delegations, served, parameters } = standing
  const { defaultTtlSeconds } = parameters
  const before = shownBefore(standing)
  const shown = ownersOf(served).filter(({ owner }) => !isHidden(owner, before))
  return [
    ...[...before.hosts.values()].flat(),
    ...delegations.flatMap((delegation) => delegationRrsets(delegation, defaultTtlSeconds)),
    ...ownerRrsets(name.name, shown, defaultTtlSeconds),
  ]
}

/** The record table that is served, also what hosts and delegations hide of it. */
export function tableRrsets({ name, served, parameters }: ZoneStanding): Rrset[] {
  return ownerRrsets(name.name, ownersOf(served), parameters.defaultTtlSeconds)
}
