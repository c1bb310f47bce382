import assert from 'node:assert/strict'
import type { Action } from '../actions.ts'
import type { Code } from '../codes.ts'
import { transactionFee } from '../parameters.ts'
import type { PreparedTransaction } from '../prepare.ts'
import { readRecordTable } from '../record-tables/queries.ts'
import {
  delegating,
  ownerOf,
  ownersNamed,
  pagesOf,
  register,
  Scenario,
  setRecords,
  takingBack,
} from '../testing/index.ts'
import { moneyTest, test } from '../testing/ledger-test.ts'
import { tableFee } from './table-fee.ts'

const name = 'shop.acme'
const why = 'a fee by bytes'
const many = ownersNamed(...Array.from({ length: 100 }, (_, index) => `h${index}.t`))

function owned(): Scenario {
  const ledger = new Scenario()
  register(ledger, 'alice', name)
  return ledger
}

/** A ledger whose name serves a hundred records. */
function serving(): Scenario {
  const ledger = owned()
  assert.equal(setRecords(ledger, name, { bits: 1, pages: pagesOf(1, many) }), 'ok')
  return ledger
}

/** What `action` is answered, and what its payer paid beside the price. `more` is offered beside the price. */
function pay(
  ledger: Scenario,
  action: Action,
  { more = 0n, payer = 'alice' }: { more?: bigint; payer?: string } = {},
): { code: Code; paid: bigint } {
  const options = { cosigners: [ownerOf(name)], sequence: ledger.nextSequence(payer) }
  const priceOf = ({ bytes }: PreparedTransaction): bigint => transactionFee(bytes.length, ledger.parameters)
  // The length of the fee is part of what is priced: it is offered until it stays.
  let transaction = ledger.transaction(payer, action, options)
  while (transaction.transaction.fee !== priceOf(transaction) + more)
    transaction = ledger.transaction(payer, action, { ...options, fee: priceOf(transaction) + more })
  const [before, pot] = [ledger.balance(payer), ledger.scan().single('income').pot]
  const { receipts } = ledger.block([transaction])
  const paid = before - ledger.balance(payer)
  assert.equal(ledger.scan().single('income').pot - pot, paid, 'all of it is income')
  return { code: receipts[0]?.code as Code, paid: paid - priceOf(transaction) }
}

const feeOf = (ledger: Scenario): bigint => tableFee(readRecordTable(ledger.state, name)?.served, ledger.parameters)

moneyTest(
  'a delegation that comes or goes pays for the bytes of the served table; one that changes does not',
  why,
  () => {
    const ledger = serving()
    const fee = feeOf(ledger)
    assert.equal(fee, BigInt(readRecordTable(ledger.state, name)?.served?.bytes ?? 0))
    assert.ok(fee > 1_000n)
    assert.deepEqual(pay(ledger, delegating(name, 't'), { more: fee }), { code: 'ok', paid: fee })
    assert.deepEqual(pay(ledger, delegating(name, 't', { ttlSeconds: 60 })), { code: 'ok', paid: 0n })
    assert.deepEqual(pay(ledger, takingBack(name, 't'), { more: fee }), { code: 'ok', paid: fee })
    assert.deepEqual(pay(ledger, delegating(name, 'elsewhere'), { more: fee * 2n }), { code: 'ok', paid: fee })
  },
)

moneyTest('what is not offered is not taken, and then the delegation stays as it is', why, () => {
  const ledger = serving()
  const fee = feeOf(ledger)
  const refused = { code: 'table-fee-not-offered', paid: 0n }
  assert.deepEqual(pay(ledger, delegating(name, 't')), refused)
  assert.deepEqual(pay(ledger, delegating(name, 't'), { more: fee - 1n }), refused)
  assert.deepEqual(ledger.scan().all('delegation'), [])
  assert.deepEqual(
    pay(ledger, takingBack(name, 't')),
    { code: 'delegation-unknown', paid: 0n },
    'other faults go first',
  )
  assert.deepEqual(pay(ledger, delegating(name, '*')), { code: 'delegation-place', paid: 0n })
  assert.deepEqual(pay(ledger, delegating(name, 't'), { more: fee }).code, 'ok')
  assert.deepEqual(pay(ledger, takingBack(name, 't'), { more: fee - 1n }), refused)
  assert.equal(ledger.scan().all('delegation').length, 1)
})

moneyTest('a payer who cannot pay it pays the price alone', why, () => {
  const ledger = serving()
  const fee = feeOf(ledger)
  const give = (amount: bigint): Code =>
    ledger.run('alice', { kind: 'transfer', body: { to: ledger.account('poor'), amount, memo: new Uint8Array() } })
  // More than the price of the transaction, and less than the price and the fee of the table.
  assert.equal(give(fee), 'ok')
  const offer = { more: fee, payer: 'poor' }
  assert.deepEqual(pay(ledger, delegating(name, 't'), offer), { code: 'balance-too-low', paid: 0n })
  assert.deepEqual(ledger.scan().all('delegation'), [])
  assert.equal(give(fee + 1_000n), 'ok')
  assert.deepEqual(pay(ledger, delegating(name, 't'), offer), { code: 'ok', paid: fee })
})

test('a table that is built and not served costs a delegation nothing', () => {
  const ledger = owned()
  const build = { bits: 1, pages: pagesOf(1, many), serve: false }
  assert.equal(setRecords(ledger, name, build), 'ok')
  assert.deepEqual(pay(ledger, delegating(name, 't')), { code: 'ok', paid: 0n })
  assert.equal(setRecords(ledger, name, { bits: 1, pages: [], serve: true }), 'ok')
  const fee = feeOf(ledger)
  assert.deepEqual(pay(ledger, takingBack(name, 't'), { more: fee }), { code: 'ok', paid: fee })
  assert.equal(ledger.run('alice', { kind: 'cancel', body: { name } }, { cosigners: [ownerOf(name)] }), 'ok')
})
