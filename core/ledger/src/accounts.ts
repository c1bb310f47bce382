import { type Account, accountEntry } from './entries/account.ts'
import { treasuryEntry } from './entries/ledger.ts'
import { stateKeys } from './state-keys.ts'
import type { StateOverlay } from './state-overlay.ts'

/** What an account without an entry has. */
export const nobody: Account = { balance: 0n, sequence: 0 }

/** The account under a state key; one that does not exist has nothing and has sent nothing. */
export function accountAt(state: StateOverlay, key: Uint8Array): Account {
  return state.get(accountEntry, key) ?? nobody
}

export function credit(state: StateOverlay, account: Uint8Array, amount: bigint): void {
  creditAt(state, stateKeys.account(account), amount)
}

export function creditAt(state: StateOverlay, key: Uint8Array, amount: bigint): void {
  if (amount === 0n) return
  const account = accountAt(state, key)
  state.put(accountEntry, key, { ...account, balance: account.balance + amount })
}

/** The caller has checked that the balance suffices. */
export function debitAt(state: StateOverlay, key: Uint8Array, amount: bigint): void {
  if (amount === 0n) return
  const account = accountAt(state, key)
  if (account.balance < amount) throw new Error('invariant: a debit was not checked against the balance')
  state.put(accountEntry, key, { ...account, balance: account.balance - amount })
}

export function creditTreasury(state: StateOverlay, amount: bigint): void {
  if (amount === 0n) return
  const treasury = state.require(treasuryEntry, stateKeys.treasury)
  state.put(treasuryEntry, stateKeys.treasury, { balance: treasury.balance + amount })
}
