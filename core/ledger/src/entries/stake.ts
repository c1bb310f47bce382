import { amount, type Decoded, hash32, list, struct, uint53 } from '@cresset/core-codec'
import { type EntryType, entryType } from './entry-type.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

/** Parts of a node's stake that can be on their way back at once. */
export const maxUnbondings = 8

const unbondingPart = struct({ amount, readyLedgerMs: uint53 })
const stakeFields = {
  node: hash32,
  /** Gets back what is unstaked. */
  account: hash32,
  /** What gives power. */
  bonded: amount,
  /** What was unstaked and is not back yet, oldest first: it can still be lost. A removal adds one more. */
  unbonding: list(unbondingPart, { maxItems: maxUnbondings + 1 }),
  /** Votes of blocks below this height have been punished together. */
  punishedBelow: uint53,
}

/** What a node has staked. */
export type Stake = Values<typeof stakeFields>
export const stakeEntry: EntryType<Stake> = entryType('stake', stakeFields)

const unbondingsFields = { head: uint53, tail: uint53 }
/** The queue of all that is on its way back. Absent until the first. */
export type Unbondings = Values<typeof unbondingsFields>
export const unbondingsEntry: EntryType<Unbondings> = entryType('unbondings', unbondingsFields)

const unbondingFields = { node: hash32, readyLedgerMs: uint53 }
/** A place in it: the oldest part of this node's unbonding stake is due then. */
export type Unbonding = Values<typeof unbondingFields>
export const unbondingEntry: EntryType<Unbonding> = entryType('unbonding', unbondingFields)

const replacedKeyFields = { fromHeight: uint53 }
/** A consensus key that its node no longer has: votes from this height on are not the node's, whoever has the key by now. */
export type ReplacedKey = Values<typeof replacedKeyFields>
export const replacedKeyEntry: EntryType<ReplacedKey> = entryType('replacedKey', replacedKeyFields)
