import { amount, asciiText, bytes, type Decoded, hash32, list, struct, text, uint, uint53 } from '@cresset/core-codec'
import { publicKeyCodec } from '@cresset/core-crypto'
import { type EntryType, entryType } from './entry-type.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

const timeFields = { ledgerTimeMs: uint53, blockTimeMs: uint53, height: uint53 }

/** The last block that wrote its time; see `ledger-time.ts`. */
export type TimeEntry = Values<typeof timeFields>
export const timeEntry: EntryType<TimeEntry> = entryType('time', timeFields)

const zonesFields = {
  zones: list(asciiText({ minBytes: 1, maxBytes: 64 }), { minItems: 1, maxItems: 64 }),
  validatorCount: uint53,
}

/** What genesis fixed about the ledger as a whole. */
export type ZonesEntry = Values<typeof zonesFields>
export const zonesEntry: EntryType<ZonesEntry> = entryType('zones', zonesFields)

/** In the order of their bits. */
export const nodeRoles = ['transaction', 'domain', 'server', 'client', 'permission', 'map', 'notary'] as const
export type NodeRole = (typeof nodeRoles)[number]

const endpoint = asciiText({ minBytes: 1, maxBytes: 300 })
const nodeFields = {
  name: asciiText({ minBytes: 1, maxBytes: 63 }),
  organization: text({ maxBytes: 128 }),
  roleBits: uint(2 ** nodeRoles.length - 1),
  securityLevel: uint(15),
  identityKey: publicKeyCodec,
  consensusKey: publicKeyCodec,
  endpoints: struct({ agreement: endpoint, api: endpoint, dns: endpoint }),
  tlsFingerprint: bytes({ minBytes: 32, maxBytes: 32 }),
  dnsKeys: list(publicKeyCodec, { maxItems: 8 }),
}

export type NodeEntry = Values<typeof nodeFields>
export const nodeEntry: EntryType<NodeEntry> = entryType('node', nodeFields)

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
