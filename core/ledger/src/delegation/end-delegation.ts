import type { BlockContext } from '../block-context.ts'
import { delegationEntry, domainCertificateEntry } from '../entries/delegation.ts'
import type { Registration } from '../entries/name.ts'
import { hostName } from '../names/host-name.ts'
import { stateKeys } from '../state-keys.ts'

/** Takes a delegation out of the state and DNS; the name's record is the caller's. */
export function endDelegation(context: BlockContext, name: string, host: string): void {
  context.state.remove(delegationEntry, stateKeys.delegation(name, host))
  context.changedNames.add(hostName(host, name))
}

/** Takes all delegations and the domain certificate of a name out of the state and DNS; the name's record is the caller's. */
export function endDelegations(context: BlockContext, name: string, registration: Registration): void {
  for (const host of registration.delegations) endDelegation(context, name, host)
  if (registration.domainCertificate !== undefined)
    context.state.remove(domainCertificateEntry, stateKeys.domainCertificate(name))
}
