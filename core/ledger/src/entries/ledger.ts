import { amount, asciiText, type Decoded, hash32, list, mapped, struct, uint, uint53 } from '@cresset/core-codec'
import { type EntryType, entryType } from './entry-type.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

const timeFields = { ledgerTimeMs: uint53, blockTimeMs: uint53, height: uint53 }

/** The last block that wrote its time; see `ledger-time.ts`. */
export type TimeEntry = Values<typeof timeFields>
export const timeEntry: EntryType<TimeEntry> = entryType('time', timeFields)

/** How much of the validators decides, as genesis chose it; in the order of their numbers. */
export const ledgerEngines = ['pbft', 'majority', 'stake'] as const
export type LedgerEngine = (typeof ledgerEngines)[number]

const zonesFields = {
  zones: list(asciiText({ minBytes: 1, maxBytes: 64 }), { minItems: 1, maxItems: 64 }),
  engine: mapped(
    uint(ledgerEngines.length - 1),
    (index) => ledgerEngines[index] as LedgerEngine,
    (engine) => ledgerEngines.indexOf(engine),
  ),
  /** Of those who vote on blocks two blocks later. */
  validatorCount: uint53,
}

/** The ledger as a whole: what genesis fixed, and how many validators there are. */
export type ZonesEntry = Values<typeof zonesFields>
export const zonesEntry: EntryType<ZonesEntry> = entryType('zones', zonesFields)

const nameNodesFields = { accounts: list(hash32, { maxItems: 1_024 }) }

/** Accounts of the nodes with the role `domain`, sorted. */
export type NameNodesEntry = Values<typeof nameNodesFields>
export const nameNodesEntry: EntryType<NameNodesEntry> = entryType('nameNodes', nameNodesFields)

const treasuryFields = { balance: amount }
export type TreasuryEntry = Values<typeof treasuryFields>
export const treasuryEntry: EntryType<TreasuryEntry> = entryType('treasury', treasuryFields)

const incomeFields = {
  /** Fees of transactions and of names, not yet paid out. */
  pot: amount,
  /** Who made how many non-empty blocks since the last fee block, in the order of the first one. */
  producers: list(struct({ account: hash32, blocks: uint53 }), { maxItems: 4_096 }),
}
export type IncomeEntry = Values<typeof incomeFields>
export const incomeEntry: EntryType<IncomeEntry> = entryType('income', incomeFields)
