import { ranOutAt } from '../deposit/fee-table.ts'
import { type FeeFund, feeFundEntry, type Lease, leaseEntry } from '../entries/lease.ts'
import { type NameEntry, nameEntry, type Registration } from '../entries/name.ts'
import type { LedgerParameters } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import type { StateOverlay } from '../state-overlay.ts'

/**
 * - `free`: never registered, or free again since `sinceLedgerMs`
 * - `active`: owned and paid for
 * - `grace`: owned, the deposit has run out, in DNS until `untilLedgerMs`
 * - `reserved`: nobody's until `untilLedgerMs`, and not to be had
 */
export type NameStanding =
  | { readonly status: 'free'; readonly sinceLedgerMs: number; readonly entry: NameEntry | undefined }
  | { readonly status: 'active'; readonly owned: OwnedName }
  | { readonly status: 'grace'; readonly owned: OwnedName; readonly untilLedgerMs: number }
  | { readonly status: 'reserved'; readonly untilLedgerMs: number; readonly entry: NameEntry }

export interface OwnedName {
  readonly entry: NameEntry
  readonly registration: Registration
  readonly lease: Lease
}

type Reader = Pick<StateOverlay, 'get' | 'require'>

/** What a name is at a ledger time, whether or not the sweep has come by. */
export function standingOf(
  state: Reader,
  name: string,
  ledgerTimeMs: number,
  { graceMs, releaseDelayMs }: Pick<LedgerParameters, 'graceMs' | 'releaseDelayMs'>,
): NameStanding {
  const entry = state.get(nameEntry, stateKeys.name(name))
  if (entry === undefined) return { status: 'free', sinceLedgerMs: 0, entry }
  if (entry.registration === undefined) return unowned(entry, entry.freeAtLedgerMs, ledgerTimeMs)
  const lease = state.require(leaseEntry, stateKeys.lease(name))
  const fund: FeeFund = state.require(feeFundEntry, stateKeys.feeFund)
  const owned: OwnedName = { entry, registration: entry.registration, lease }
  const outSinceMs = ranOutAt(state, fund, lease.paidQuanta)
  if (outSinceMs === undefined) return { status: 'active', owned }
  const untilLedgerMs = outSinceMs + graceMs
  if (ledgerTimeMs < untilLedgerMs) return { status: 'grace', owned, untilLedgerMs }
  return unowned(entry, untilLedgerMs + releaseDelayMs, ledgerTimeMs)
}

function unowned(entry: NameEntry, freeAtLedgerMs: number, ledgerTimeMs: number): NameStanding {
  if (ledgerTimeMs < freeAtLedgerMs) return { status: 'reserved', untilLedgerMs: freeAtLedgerMs, entry }
  return { status: 'free', sinceLedgerMs: freeAtLedgerMs, entry }
}
