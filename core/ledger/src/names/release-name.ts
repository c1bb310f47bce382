import type { BlockContext } from '../block-context.ts'
import { endDelegations } from '../delegation/end-delegation.ts'
import { endStandingOrder } from '../deposit/standing-order.ts'
import { emptyHoldings, type Registration } from '../entries/name.ts'
import { endHost } from '../hosts/change-host.ts'
import { endRecordTable } from '../record-tables/end-record-table.ts'
import { endOffers } from '../trade/offers.ts'

/**
 * Ends what an owner said under a name, so that nothing of it speaks for the next one or outlives the registration. Returns the
 * registration without it. Everything that a name can hold is ended here, whoever made it.
 */
export function endNameRecords(context: BlockContext, name: string, registration: Registration): Registration {
  endHosts(context, name, registration)
  endOffers(context.state, name)
  endStandingOrder(context, name, 'name-ended')
  endDelegations(context, name, registration)
  endRecordTable(context, name)
  return { ...registration, certificateInformation: undefined, ...emptyHoldings }
}

function endHosts(context: BlockContext, name: string, { hosts }: Registration): void {
  for (const host of hosts) endHost(context, name, host)
}
