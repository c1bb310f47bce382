import type { BlockContext } from '../block-context.ts'
import { closeLease } from '../deposit/fund.ts'
import type { Lease } from '../entries/lease.ts'
import { nameEntry } from '../entries/name.ts'
import { stateKeys } from '../state-keys.ts'
import { endNameRecords } from './release-name.ts'
import { succeed } from './succeed.ts'

/** Takes a name out of DNS and the indexes; it stays reserved until `freeAtLedgerMs`. Returns the quanta that were left. */
export function endRegistration(context: BlockContext, lease: Lease, freeAtLedgerMs: number): number {
  const { state } = context
  const { name } = lease
  const entry = state.require(nameEntry, stateKeys.name(name))
  if (entry.registration !== undefined) endNameRecords(context, name, entry.registration)
  const left = closeLease(context, lease)
  state.put(nameEntry, stateKeys.name(name), succeed(context, entry, { registration: undefined, freeAtLedgerMs }))
  return left
}

/** The end of a name whose grace is over. */
export function expireName(context: BlockContext, lease: Lease, freeAtLedgerMs: number): void {
  endRegistration(context, lease, freeAtLedgerMs)
  context.events.push({ kind: 'nameExpired', body: { name: lease.name, freeAtLedgerMs } })
}
