import assert from 'node:assert/strict'
import { Scenario } from '../testing/index.ts'
import { moneyTest } from '../testing/ledger-test.ts'

const memo = new Uint8Array(0)

moneyTest('a transfer moves the amount, takes the fee and advances the sequence', 'payments', () => {
  const ledger = new Scenario()
  const transaction = ledger.transaction('alice', {
    kind: 'transfer',
    body: { to: ledger.account('dora'), amount: 5n, memo },
  })
  const fee = 100n + BigInt(transaction.bytes.length)
  const { receipts } = ledger.block([transaction])
  assert.deepEqual(receipts, [{ code: 'ok', events: [], units: 4 }])
  assert.equal(ledger.balance('dora'), 5n)
  assert.deepEqual(ledger.accountEntry('alice'), { balance: 1_000_000_000n - 5n - fee, sequence: 1 })
})

moneyTest('a transfer to oneself costs the fee only', 'payments', () => {
  const ledger = new Scenario()
  const transaction = ledger.transaction('alice', {
    kind: 'transfer',
    body: { to: ledger.account('alice'), amount: 500n, memo },
  })
  ledger.block([transaction])
  assert.equal(ledger.balance('alice'), 1_000_000_000n - 100n - BigInt(transaction.bytes.length))
})
