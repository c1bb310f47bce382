import {
  type Delegation,
  type DomainCertificate,
  delegationEntry,
  domainCertificateEntry,
} from '../entries/delegation.ts'
import type { NameEntry } from '../entries/name.ts'
import { isBelow } from '../names/host.ts'
import type { HostPlace } from '../names/host-place.ts'
import { type BlockPoint, readName } from '../queries.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import type { StateView } from '../state-view.ts'

/** The certificate of a name's own authority. */
export function readDomainCertificate(view: StateView, name: string): DomainCertificate | undefined {
  return new StateOverlay(view).get(domainCertificateEntry, stateKeys.domainCertificate(name))
}

export function readDelegation(view: StateView, name: string, host: string): Delegation | undefined {
  return new StateOverlay(view).get(delegationEntry, stateKeys.delegation(name, host))
}

/** Delegations of a name by what its record lists. */
export function readDelegations(view: StateView, entry: NameEntry): Delegation[] {
  const state = new StateOverlay(view)
  const hosts = entry.registration?.delegations ?? []
  return hosts.map((host) => state.require(delegationEntry, stateKeys.delegation(entry.name, host)))
}

/** The delegation that answers for a host: of the host itself or of one above it, while its name is in DNS. */
export function readDelegationAbove(
  view: StateView,
  { name, host }: Pick<HostPlace, 'name' | 'host'>,
  at: BlockPoint,
): Delegation | undefined {
  const { status, entry } = readName(view, name, at)
  if (status !== 'active' && status !== 'grace') return undefined
  const above = entry?.registration?.delegations.find((other) => host === other || isBelow(host, other))
  return above === undefined ? undefined : readDelegation(view, name, above)
}
