import type { BlockContext } from '../block-context.ts'
import { hostEntry, type Registration } from '../entries/name.ts'
import { stateKeys } from '../state-keys.ts'
import { hostName } from './host-name.ts'

/**
 * Ends what an owner said under a name, so that nothing of it speaks for the next one or outlives the registration. Returns the
 * registration without it. Everything that a name can hold is ended here, whoever made it.
 */
export function endNameRecords(context: BlockContext, name: string, registration: Registration): Registration {
  endHosts(context, name, registration)
  return { ...registration, certificateInformation: undefined, hosts: [] }
}

function endHosts({ state, changedNames }: BlockContext, name: string, { hosts }: Registration): void {
  for (const { host } of hosts) {
    state.remove(hostEntry, stateKeys.host(name, host))
    changedNames.add(hostName(host, name))
  }
}
