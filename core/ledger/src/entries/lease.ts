import { amount, type Decoded, hash32, list, struct, uint53 } from '@cresset/core-codec'
import { type EntryType, entryType } from './entry-type.ts'
import { nameCodec } from './registration.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

const leaseFields = {
  name: nameCodec,
  /** X: the name is active while F has not passed it; what is left is X − F. */
  paidQuanta: uint53,
  /** F when the name was registered: where its fee statement begins. */
  startQuanta: uint53,
  /** Its place among the names that are paid up to the same quantum. */
  position: uint53,
  /** How often it was renewed since it was registered. */
  renewals: uint53,
}

/** What is paid for a registered name. */
export type Lease = Values<typeof leaseFields>
export const leaseEntry: EntryType<Lease> = entryType('lease', leaseFields)

/** Neighbouring quanta whose counts share an entry. */
export const quantaPerPage = 64
const leaseCountsFields = { counts: list(uint53, { minItems: quantaPerPage, maxItems: quantaPerPage }) }

/** Names by the last quantum they are paid for: `counts[i]` is for quantum page × 64 + i. Absent when all are 0. */
export type LeaseCounts = Values<typeof leaseCountsFields>
export const leaseCountsEntry: EntryType<LeaseCounts> = entryType('leaseCounts', leaseCountsFields)

export const namesPerChunk = 32
const leaseChunkFields = { names: list(nameCodec, { minItems: 1, maxItems: namesPerChunk }) }

/** Names at positions 32 × chunk … of one quantum, without gaps. */
export type LeaseChunk = Values<typeof leaseChunkFields>
export const leaseChunkEntry: EntryType<LeaseChunk> = entryType('leaseChunk', leaseChunkFields)

/** A walk over the index of paid quanta from low to high. All names below `quanta` were visited, and of those at `quanta` all
 * from position `left` on, when `left` is not 0. */
const cursor = struct({ quanta: uint53, left: uint53 })
export type LeaseCursor = Decoded<typeof cursor>

const feeFundFields = {
  /** F: what a name active since genesis would have paid, in quanta. */
  paidQuanta: uint53,
  /** What ledger time has earned beyond whole quanta, in quanta × ms of the rate's period. */
  carry: uint53,
  /** Ledger time of the last fee block. */
  chargedLedgerMs: uint53,
  /** Names with X ≥ F. */
  activeNames: uint53,
  /** Sum of X − F over the active names: what all deposits hold. */
  heldQuanta: amount,
  /** Names below this X are expired; the sweep takes them out. */
  expiredBelow: uint53,
  /** Names below this X are taken out. */
  sweptBelow: uint53,
  /** Walk that tells of deposits that ran out. */
  graceCursor: cursor,
  /** Walk that tells of deposits that end soon. */
  warningCursor: cursor,
  /** Pages of the table of fee blocks: oldest kept, newest, and the row whose names expire next. */
  firstRowPage: uint53,
  lastRowPage: uint53,
  expiryRowPage: uint53,
  expiryRowIndex: uint53,
  /** Newest page of old rows, one a day. */
  lastDailyPage: uint53,
}

export type FeeFund = Values<typeof feeFundFields>
export const feeFundEntry: EntryType<FeeFund> = entryType('feeFund', feeFundFields)

const feeRowCodec = struct({ height: uint53, ledgerTimeMs: uint53, paidQuanta: uint53 })

/** A fee block that moved F, and F after it. */
export type FeeRow = Decoded<typeof feeRowCodec>
export const rowsPerPage = 64
const feeRowsFields = { rows: list(feeRowCodec, { minItems: 1, maxItems: rowsPerPage }) }

export type FeeRows = Values<typeof feeRowsFields>
export const feeRowsEntry: EntryType<FeeRows> = entryType('feeRows', feeRowsFields)
/** The last fee block of each day of ledger time. */
export const dailyFeeRowsEntry: EntryType<FeeRows> = entryType('dailyFeeRows', feeRowsFields)

const renewalCodec = struct({
  height: uint53,
  ledgerTimeMs: uint53,
  /** Account that paid. */
  payer: hash32,
  /** In smallest units; 0 for a term. */
  amount,
  /** X after it. */
  paidQuanta: uint53,
})

/** A deposit that grew, or a term that began anew. */
export type Renewal = Decoded<typeof renewalCodec>
export const renewalsPerPage = 32
const renewalsFields = { rows: list(renewalCodec, { minItems: 1, maxItems: renewalsPerPage }) }

/** Renewals 32 × page … of one registration, oldest first. Kept when it ends. */
export type Renewals = Values<typeof renewalsFields>
export const renewalsEntry: EntryType<Renewals> = entryType('renewals', renewalsFields)

const standingOrderFields = {
  name: nameCodec,
  /** Account that pays. */
  payer: hash32,
  /** Added to the deposit at a time. */
  refillQuanta: uint53,
  /** What may still be taken. */
  leftQuanta: uint53,
}

/** Refills the deposit of a name before it runs out. */
export type StandingOrder = Values<typeof standingOrderFields>
export const standingOrderEntry: EntryType<StandingOrder> = entryType('standingOrder', standingOrderFields)
