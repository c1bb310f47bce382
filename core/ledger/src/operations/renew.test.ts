import assert from 'node:assert/strict'
import { readRenewals } from '../deposit/renewals.ts'
import { readName } from '../queries.ts'
import { ownerOf, register, Scenario } from '../testing/index.ts'
import { test } from '../testing/ledger-test.ts'
import { termParameters } from '../testing/scenario.ts'

const dayMs = 86_400_000
/** A term of 30 days in quanta of a quarter day. */
const parameters = {
  ...termParameters,
  feeEveryBlocks: 10,
  maxBlockIntervalMs: dayMs / 4,
  depositRatePeriodMs: dayMs / 4,
  nameTermMs: 30 * dayMs,
  graceMs: 7 * dayMs,
  releaseDelayMs: dayMs,
}

function start(): Scenario {
  // Nobody owns anything.
  const ledger = new Scenario({ parameters, funds: 0n })
  assert.equal(register(ledger, 'alice', 'shop.acme'), 'ok')
  return ledger
}

const show = (ledger: Scenario) => readName(ledger.state, 'shop.acme', { height: ledger.height, timeMs: ledger.timeMs })

function pass(ledger: Scenario, days: number): string[] {
  const kinds: string[] = []
  for (let quarters = 0; quarters < days * 4; quarters++)
    kinds.push(...ledger.block([], dayMs / 4).events.map(({ kind }) => kind))
  return kinds
}

const renew = (ledger: Scenario, signer = ownerOf('shop.acme')) =>
  ledger.run('alice', { kind: 'renew', body: { name: 'shop.acme' } }, { cosigners: [signer] })

test('without money a name is registered, renewed by its owner for a full term from now, and warned of its end', () => {
  const ledger = start()
  assert.equal(ledger.supply, 0n)
  const first = show(ledger)
  assert.equal(first.status, 'active')
  assert.equal(first.balance, 0n)
  const firstEnd = (first.paidUntilLedgerMs ?? 0) - first.ledgerTimeMs
  assert(firstEnd >= 30 * dayMs && firstEnd <= 30.5 * dayMs)

  assert(!pass(ledger, 10).includes('renewalDue'))
  assert.equal(renew(ledger), 'ok')
  const { paidUntilLedgerMs, ledgerTimeMs } = show(ledger)
  const left = (paidUntilLedgerMs ?? 0) - ledgerTimeMs
  assert(left > 27 * dayMs && left <= 30.5 * dayMs, `${left / dayMs} days`)
  assert(pass(ledger, 26).includes('renewalDue'))
  assert.deepEqual(
    readRenewals(ledger.state, 'shop.acme', { limit: 5 })?.renewals.map(({ amount }) => amount),
    [0n],
  )
})

test('in grace the term begins anew without arrears; after it the name goes', () => {
  const ledger = start()
  assert(pass(ledger, 33).includes('graceStarted'))
  assert.equal(show(ledger).status, 'grace')
  const renewed = ledger.copy()
  assert.equal(renew(renewed), 'ok')
  assert.equal(show(renewed).status, 'active')
  assert(pass(ledger, 10).includes('nameExpired'))
  assert.equal(register(ledger, 'bob', 'shop.acme'), 'ok')
})

test('only the owner renews, so that names of nobody get free', () => {
  const ledger = start()
  pass(ledger, 10)
  assert.equal(ledger.run('bob', { kind: 'renew', body: { name: 'shop.acme' } }), 'not-primary-key')
})

test('an account has at most four open seals where no bond bounds them, and a name given up refunds nothing', () => {
  const ledger = start()
  const cancelled = ledger.run(
    'alice',
    { kind: 'cancel', body: { name: 'shop.acme' } },
    { cosigners: [ownerOf('shop.acme')] },
  )
  assert.equal(cancelled, 'ok')
  assert.equal(ledger.balance('alice'), 0n)
  assert.equal(show(ledger).status, 'reserved')
})

test('a rate and a term exclude each other', () => {
  assert.throws(
    () => new Scenario({ parameters: { depositRateQuanta: 1, nameTermMs: dayMs } }),
    /only with depositRateQuanta 0/,
  )
})
