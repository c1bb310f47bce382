import { ranOutAt } from './deposit/fee-table.ts'
import { type Account, accountEntry } from './entries/account.ts'
import { type FeeFund, feeFundEntry } from './entries/lease.ts'
import { type TimeEntry, timeEntry, treasuryEntry, zonesEntry } from './entries/ledger.ts'
import { type HostEntry, hostEntry, type NameEntry } from './entries/name.ts'
import { type NodeEntry, nodeEntry } from './entries/node.ts'
import { type Notarization, notarizationEntry } from './entries/notarization.ts'
import {
  type Claim,
  claimEntry,
  type SealEntry,
  sealEntry,
  sealPositionEntry,
  sealQueueEntry,
} from './entries/registration.ts'
import { ledgerTimeAt } from './ledger-time.ts'
import { standingOf } from './names/status.ts'
import { type LedgerParameters, paceOf, parametersEntry, worthOf } from './parameters.ts'
import { stateKeys } from './state-keys.ts'
import { StateOverlay } from './state-overlay.ts'
import type { StateView } from './state-view.ts'

/**
 * Reads of the state for people and clients. Each takes any view of one root: the committed state, or the entries that a
 * client has proofs for, which throws where a proof is missing. Block time and height are those of the root's block.
 */
export interface BlockPoint {
  readonly height: number
  readonly timeMs: number
}

export function readParameters(view: StateView): LedgerParameters {
  return new StateOverlay(view).require(parametersEntry, stateKeys.parameters)
}

export function readTime(view: StateView): TimeEntry {
  return new StateOverlay(view).require(timeEntry, stateKeys.time)
}

/** Ledger time at a block. */
export function readLedgerTime(view: StateView, at: BlockPoint): number {
  return ledgerTimeAt(readTime(view), at, readParameters(view))
}

export function readZones(view: StateView): readonly string[] {
  return new StateOverlay(view).require(zonesEntry, stateKeys.zones).zones
}

export function readNode(view: StateView, nodeId: Uint8Array): NodeEntry | undefined {
  return new StateOverlay(view).get(nodeEntry, stateKeys.node(nodeId))
}

export function readTreasury(view: StateView): bigint {
  return new StateOverlay(view).require(treasuryEntry, stateKeys.treasury).balance
}

/** An account that was never paid has no entry: nothing, next sequence 0. */
export function readAccount(view: StateView, account: Uint8Array): Account {
  return new StateOverlay(view).get(accountEntry, stateKeys.account(account)) ?? { balance: 0n, sequence: 0 }
}

export type NameStatus = 'free' | 'claimed' | 'active' | 'grace' | 'reserved'

export interface NameView {
  readonly name: string
  readonly status: NameStatus
  /** The name's record, also of a former registration; absent when there never was one. */
  readonly entry: NameEntry | undefined
  /** While claimed. */
  readonly claim: Claim | undefined
  /** While owned: what is left of the deposit, in quanta and in smallest units. */
  readonly balanceQuanta: number | undefined
  readonly balance: bigint | undefined
  /** X, while owned. */
  readonly paidQuanta: number | undefined
  /** While active, when there is a rate: the ledger time at which the deposit runs out at today's rate, to a fee block. */
  readonly paidUntilLedgerMs: number | undefined
  /** Grace: when the name expires. Reserved: when it gets free. */
  readonly untilLedgerMs: number | undefined
  readonly ledgerTimeMs: number
}

/**
 * What a name is. Needs, besides the name's own entries (name, lease, claim), parameters, time and the fee fund; and, for a name
 * whose deposit has run out, pages of the table of fee blocks.
 */
export function readName(view: StateView, name: string, at: BlockPoint): NameView {
  const state = new StateOverlay(view)
  const parameters = state.require(parametersEntry, stateKeys.parameters)
  const ledgerTimeMs = ledgerTimeAt(state.require(timeEntry, stateKeys.time), at, parameters)
  const standing = standingOf(state, name, ledgerTimeMs, parameters)
  const nothing = {
    name,
    claim: undefined,
    balanceQuanta: undefined,
    balance: undefined,
    paidQuanta: undefined,
    paidUntilLedgerMs: undefined,
    untilLedgerMs: undefined,
    ledgerTimeMs,
  }
  if (standing.status === 'reserved') {
    return { ...nothing, status: 'reserved', entry: standing.entry, untilLedgerMs: standing.untilLedgerMs }
  }
  if (standing.status === 'free') {
    const claim = state.get(claimEntry, stateKeys.claim(name))
    return { ...nothing, status: claim === undefined ? 'free' : 'claimed', entry: standing.entry, claim }
  }
  const { entry, lease } = standing.owned
  const fund = state.require(feeFundEntry, stateKeys.feeFund)
  const balanceQuanta = Math.max(0, lease.paidQuanta - fund.paidQuanta)
  const isRunning = standing.status === 'active' && paceOf(parameters).quanta > 0
  return {
    ...nothing,
    status: standing.status,
    entry,
    balanceQuanta,
    balance: worthOf(balanceQuanta, parameters),
    paidQuanta: lease.paidQuanta,
    paidUntilLedgerMs: isRunning ? runsOutAt(fund, balanceQuanta, parameters) : undefined,
    untilLedgerMs: standing.status === 'grace' ? standing.untilLedgerMs : undefined,
  }
}

/** The ledger time from which on a fee block takes one quantum more than there is. */
function runsOutAt({ chargedLedgerMs, carry }: FeeFund, balanceQuanta: number, parameters: LedgerParameters): number {
  const { quanta, periodMs } = paceOf(parameters)
  const missing = BigInt(balanceQuanta + 1) * BigInt(periodMs) - BigInt(carry)
  const rate = BigInt(quanta)
  const atMs = BigInt(chargedLedgerMs) + (missing + rate - 1n) / rate
  return Number(atMs < BigInt(Number.MAX_SAFE_INTEGER) ? atMs : BigInt(Number.MAX_SAFE_INTEGER))
}

export function readHost(view: StateView, name: string, host: string): HostEntry | undefined {
  return new StateOverlay(view).get(hostEntry, stateKeys.host(name, host))
}

/** Hosts of a name by what its record lists. */
export function readHosts(view: StateView, entry: NameEntry): HostEntry[] {
  const state = new StateOverlay(view)
  return (entry.registration?.hosts ?? []).map(({ host }) => state.require(hostEntry, stateKeys.host(entry.name, host)))
}

/** An open seal. */
export function readSeal(view: StateView, sender: Uint8Array, sequence: number): SealEntry | undefined {
  return new StateOverlay(view).get(sealEntry, stateKeys.seal(sender, sequence))
}

export interface QueuePlace {
  readonly order: number
  readonly sender: Uint8Array
  readonly sequence: number
  /** Absent while the seal is open. */
  readonly claimedName: string | undefined
}

/** Unsettled seals and claims, oldest first, at most `limit`: complete when fewer come. */
export function readQueue(view: StateView, limit: number): QueuePlace[] {
  const state = new StateOverlay(view)
  const places: QueuePlace[] = []
  for (let order = state.require(sealQueueEntry, stateKeys.sealQueue).head; order !== 0 && places.length < limit; ) {
    const { sender, sequence, claimedName, next } = state.require(sealPositionEntry, stateKeys.sealPosition(order))
    places.push({ order, sender, sequence, claimedName })
    order = next
  }
  return places
}

export function readClaim(view: StateView, name: string): Claim | undefined {
  return new StateOverlay(view).get(claimEntry, stateKeys.claim(name))
}

export function readNotarization(view: StateView, hash: Uint8Array, signer: Uint8Array): Notarization | undefined {
  return new StateOverlay(view).get(notarizationEntry, stateKeys.notarization(hash, signer))
}

/** When the deposit that was paid up to `paidQuanta` ran out, as ledger time; undefined while it has not. */
export function readRanOut(view: StateView, paidQuanta: number): number | undefined {
  const state = new StateOverlay(view)
  return ranOutAt(state, state.require(feeFundEntry, stateKeys.feeFund), paidQuanta)
}
