import type { BlockContext } from '../block-context.ts'
import { closeLease } from '../deposit/fund.ts'
import type { Lease } from '../entries/lease.ts'
import { hostEntry, type NameEntry, nameEntry, recordHash } from '../entries/name.ts'
import { stateKeys } from '../state-keys.ts'
import { hostName } from './host-name.ts'

/** Takes a name out of DNS and the indexes; it stays reserved until `freeAtLedgerMs`. Returns the quanta that were left. */
export function endRegistration(context: BlockContext, lease: Lease, freeAtLedgerMs: number): number {
  const { state } = context
  const { name } = lease
  const entry = state.require(nameEntry, stateKeys.name(name))
  for (const { host } of entry.registration?.hosts ?? []) {
    state.remove(hostEntry, stateKeys.host(name, host))
    context.changedNames.add(hostName(host, name))
  }
  const left = closeLease(context, lease)
  state.put(nameEntry, stateKeys.name(name), succeed(entry, { registration: undefined, freeAtLedgerMs }))
  return left
}

/** The end of a name whose grace is over. */
export function expireName(context: BlockContext, lease: Lease, freeAtLedgerMs: number): void {
  endRegistration(context, lease, freeAtLedgerMs)
  context.events.push({ kind: 'nameExpired', body: { name: lease.name, freeAtLedgerMs } })
}

/** The next record of a name, which holds the hash of the one before. */
export function succeed(before: NameEntry, change: Pick<NameEntry, 'registration' | 'freeAtLedgerMs'>): NameEntry {
  return { name: before.name, revision: before.revision + 1, predecessor: recordHash(nameEntry, before), ...change }
}
