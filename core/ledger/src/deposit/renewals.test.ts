import assert from 'node:assert/strict'
import { renewalsPerPage } from '../entries/lease.ts'
import { nameEntry } from '../entries/name.ts'
import { stateKeys } from '../state-keys.ts'
import { ownerOf, register, Scenario } from '../testing/index.ts'
import { moneyTest } from '../testing/ledger-test.ts'
import { readRenewals } from './renewals.ts'

const name = 'shop.acme'
const quantum = 14n

function orderOf(ledger: Scenario): number {
  return ledger.read(nameEntry, stateKeys.name(name))?.registration?.order as number
}

/** Adds to the deposit so often, each time by one quantum more. */
function topUp(ledger: Scenario, times: number): void {
  const bring = (index: number) =>
    ledger.transaction('bob', { kind: 'topUp', body: { name, amount: BigInt(index + 1) * quantum } })
  ledger.block(Array.from({ length: times }, (_, index) => bring(index)))
}

const cancel = (ledger: Scenario) =>
  ledger.run('bob', { kind: 'cancel', body: { name } }, { cosigners: [ownerOf(name)] })

moneyTest('renewals of a registration that has ended are found by its order number, whole', 'top-ups', () => {
  for (const times of [0, 1, renewalsPerPage - 1, renewalsPerPage, renewalsPerPage + 1, 5 * renewalsPerPage, 230]) {
    const ledger = new Scenario({ parameters: { releaseDelayMs: 0 } })
    register(ledger, 'alice', name)
    const order = orderOf(ledger)
    topUp(ledger, times)
    const before = readRenewals(ledger.state, name, { limit: 1_000 })
    assert.equal(before?.count, times)
    assert.equal(cancel(ledger), 'ok')
    assert.equal(readRenewals(ledger.state, name, { limit: 1_000 }), undefined)
    assert.equal(register(ledger, 'carol', name), 'ok')
    topUp(ledger, 2)
    assert.deepEqual(readRenewals(ledger.state, name, { limit: 1_000, order }), before)
    assert.equal(readRenewals(ledger.state, name, { limit: 1_000, order: orderOf(ledger) })?.count, 2)
    assert.equal(readRenewals(ledger.state, name, { limit: 1_000 })?.count, 2)
  }
})

moneyTest(
  'what a renewal leaves in the state for ever is shorter than the transaction that paid for it',
  'fees',
  () => {
    const ledger = new Scenario()
    register(ledger, 'alice', name)
    const bytes = () => ledger.state.entries().reduce((sum, { key, value }) => sum + key.length + value.length, 0)
    const [first, times] = [bytes(), 4 * renewalsPerPage]
    topUp(ledger, times)
    const left = (bytes() - first) / times
    const paid = ledger.transaction('bob', { kind: 'topUp', body: { name, amount: quantum } }).bytes.length
    assert(left < paid / 2, `${left} bytes of ${paid}`)
  },
)
