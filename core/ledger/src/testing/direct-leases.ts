import { insertLease } from '../deposit/lease-index.ts'
import { accountEntry } from '../entries/account.ts'
import { feeFundEntry } from '../entries/lease.ts'
import { nameEntry } from '../entries/name.ts'
import { stateKeys } from '../state-keys.ts'
import { StateOverlay } from '../state-overlay.ts'
import { accountNamed, keyPairFor, type Scenario } from './scenario.ts'

/**
 * Puts many registered names into a state without the blocks that would register them: for tests and benchmarks of large states. The
 * deposits are taken from `payer`. `paidQuanta` tells X of the i-th name, and must not be below F.
 */
export function addNames(ledger: Scenario, payer: string, count: number, paidQuanta: (index: number) => number): void {
  const state = new StateOverlay(ledger.state)
  const { primaryKey } = { primaryKey: keyPairFor('owner of many').publicKey }
  const fund = state.require(feeFundEntry, stateKeys.feeFund)
  let held = 0n
  for (let index = 0; index < count; index++) {
    const name = `n${index}.acme`
    const x = paidQuanta(index)
    held += BigInt(x - fund.paidQuanta)
    state.put(nameEntry, stateKeys.name(name), {
      name,
      revision: 1,
      predecessor: undefined,
      registration: {
        primaryKey,
        height: ledger.height,
        ledgerTimeMs: ledger.timeMs,
        order: index + 1,
        certificateInformation: undefined,
        hosts: [],
      },
      freeAtLedgerMs: 0,
    })
    insertLease(state, { name, paidQuanta: x, startQuanta: fund.paidQuanta })
  }
  state.put(feeFundEntry, stateKeys.feeFund, {
    ...fund,
    activeNames: fund.activeNames + count,
    heldQuanta: fund.heldQuanta + held,
  })
  const key = stateKeys.account(accountNamed(payer))
  const account = state.require(accountEntry, key)
  state.put(accountEntry, key, { ...account, balance: account.balance - held * ledger.parameters.quantum })
  ledger.state.apply(state.changes())
}
