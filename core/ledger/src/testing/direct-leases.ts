import { accountEntry } from '../entries/account.ts'
import type { EntryType } from '../entries/entry-type.ts'
import {
  feeFundEntry,
  leaseChunkEntry,
  leaseCountsEntry,
  leaseEntry,
  namesPerChunk,
  quantaPerPage,
} from '../entries/lease.ts'
import { emptyHoldings, nameEntry } from '../entries/name.ts'
import { worthOf } from '../parameters.ts'
import { stateKeys } from '../state-keys.ts'
import { accountNamed, keyPairFor, type Scenario } from './scenario.ts'

/**
 * Puts many registered names into a state that has none, without the blocks that would register them: for tests and benchmarks of
 * large states. The deposits are taken from `payer`. `paidQuanta` tells X of the i-th name, and must not be below F.
 */
export function addNames(ledger: Scenario, payer: string, count: number, paidQuanta: (index: number) => number): void {
  // One by one: a list of all changes would double the memory of a million names.
  const write = <T>(type: EntryType<T>, key: Uint8Array, value: T): void => {
    ledger.state.apply([{ key, value: type.codec.encode(value) }])
  }
  const fund = ledger.read(feeFundEntry, stateKeys.feeFund)
  if (fund === undefined || fund.activeNames !== 0) throw new Error('not a fresh ledger')

  const primaryKey = keyPairFor('owner of many').publicKey
  const namesByQuanta = new Map<number, string[]>()
  let held = 0n
  for (let index = 0; index < count; index++) {
    const name = `n${index}.acme`
    const x = paidQuanta(index)
    held += BigInt(x - fund.paidQuanta)
    const names = namesByQuanta.get(x) ?? []
    names.push(name)
    namesByQuanta.set(x, names)
    const { height, timeMs: ledgerTimeMs } = ledger
    const times = { height, ledgerTimeMs, order: index + 1 }
    const registration = { primaryKey, ...times, certificateInformation: undefined, ...emptyHoldings }
    const record = { name, revision: 1, predecessor: undefined, height, ownerships: 1, registration, freeAtLedgerMs: 0 }
    write(nameEntry, stateKeys.name(name), record)
    const lease = { name, paidQuanta: x, startQuanta: fund.paidQuanta, position: names.length - 1, renewals: 0 }
    write(leaseEntry, stateKeys.lease(name), lease)
  }
  const pages = new Map<number, number[]>()
  for (const [x, names] of namesByQuanta) {
    const page = Math.floor(x / quantaPerPage)
    const counts = pages.get(page) ?? new Array<number>(quantaPerPage).fill(0)
    counts[x % quantaPerPage] = names.length
    pages.set(page, counts)
    for (let at = 0; at < names.length; at += namesPerChunk) {
      const chunk = { names: names.slice(at, at + namesPerChunk) }
      write(leaseChunkEntry, stateKeys.leaseChunk(x, at / namesPerChunk), chunk)
    }
  }
  for (const [page, counts] of pages) write(leaseCountsEntry, stateKeys.leaseCounts(page), { counts })
  write(feeFundEntry, stateKeys.feeFund, { ...fund, activeNames: count, heldQuanta: held })
  const worth = worthOf(held, ledger.parameters)
  if (worth === 0n) return
  const account = ledger.accountEntry(payer)
  write(accountEntry, stateKeys.account(accountNamed(payer)), { ...account, balance: account.balance - worth })
}
