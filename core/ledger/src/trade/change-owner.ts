import type { PublicKey } from '@cresset/core-crypto'
import type { BlockContext } from '../block-context.ts'
import { endStandingOrder } from '../deposit/standing-order.ts'
import { nameEntry } from '../entries/name.ts'
import { endNameRecords } from '../names/release-name.ts'
import type { OwnedName } from '../names/status.ts'
import { succeed } from '../names/succeed.ts'
import { stateKeys } from '../state-keys.ts'
import { endOffers } from './offers.ts'

/** Gives a name to another primary key; its deposit goes with it. Returns the number of the new ownership. */
export function changeOwner(
  context: BlockContext,
  { entry, registration }: OwnedName,
  primaryKey: PublicKey,
  { keepRecords }: { readonly keepRecords: boolean },
): number {
  const { state } = context
  const { name } = entry
  endOffers(state, name)
  // Whoever pays it has agreed to pay for this owner's name.
  endStandingOrder(context, name, 'owner-changed')
  const kept = keepRecords ? registration : endNameRecords(context, name, registration)
  const ownerships = entry.ownerships + 1
  const change = { ownerships, registration: { ...kept, primaryKey }, freeAtLedgerMs: 0 }
  state.put(nameEntry, stateKeys.name(name), succeed(context, entry, change))
  return ownerships
}
