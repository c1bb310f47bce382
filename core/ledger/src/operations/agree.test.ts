import assert from 'node:assert/strict'
import { equalBytes, toHex, utf8 } from '@cresset/core-codec'
import { accountOf, sha256 } from '@cresset/core-crypto'
import { readAgreement, readAgreements } from '../agreements/queries.ts'
import { agreementId } from '../agreements/statement.ts'
import { transactionFee } from '../parameters.ts'
import { makeAgreement, Scenario } from '../testing/index.ts'
import { moneyTest, test } from '../testing/ledger-test.ts'

const parties = ['alice', 'bob', 'carol']

function start(): Scenario {
  return new Scenario({ accounts: [...parties, 'dora'] })
}

moneyTest('three parties agree and pay each other to the unit; the carrier pays only the fee', 'payments', () => {
  const ledger = start()
  const before = Object.fromEntries([...parties, 'dora'].map((name) => [name, ledger.balance(name)]))
  const action = makeAgreement(ledger, parties, {
    pays: [
      ['alice', 'bob', 7n],
      ['bob', 'carol', 3n],
      ['bob', 'new', 2n],
    ],
  })
  const transaction = ledger.transaction('dora', action)
  const [receipt] = ledger.block([transaction]).receipts
  assert.equal(receipt?.code, 'ok')
  assert.deepEqual(
    receipt?.events.map(({ kind }) => kind),
    ['agreed', 'agreementPaid', 'agreementPaid', 'agreementPaid'],
  )
  const gained = (name: string) => ledger.balance(name) - (before[name] ?? 0n)
  assert.deepEqual(['alice', 'bob', 'carol', 'new'].map(gained), [-7n, 2n, 3n, 2n])
  assert.equal(gained('dora'), -transactionFee(transaction.bytes.length, ledger.parameters))
})

moneyTest('what a party receives by the same agreement does not help it pay', 'payments', () => {
  const ledger = start()
  const all = ledger.balance('alice')
  const circle = makeAgreement(ledger, parties, {
    pays: [
      ['bob', 'alice', 1n],
      ['alice', 'carol', all + 1n],
    ],
  })
  assert.equal(ledger.run('dora', circle), 'agreement-party-cannot-pay')
  assert.equal(ledger.balance('alice'), all)
  // The same signatures are good once the money is there.
  ledger.run('dora', { kind: 'transfer', body: { to: ledger.account('alice'), amount: 1n, memo: utf8('') } })
  assert.equal(ledger.run('dora', circle), 'ok')
  assert.equal(ledger.balance('alice'), 1n)
})

test('the last moments of an agreement count in ledger time', () => {
  const ledger = start()
  const atExpiry = makeAgreement(ledger, parties, { expiresMs: ledger.timeMs + 1_001 })
  assert.equal(ledger.copy().run('dora', atExpiry), 'ok')
  const days = 90 * 86_400_000
  const carry = (expiresMs: number) => ledger.copy().run('dora', makeAgreement(ledger, parties, { expiresMs }))
  assert.equal(carry(ledger.timeMs + 1_000 + days), 'ok')
  assert.equal(carry(ledger.timeMs + 1_001 + days), 'expiry-too-far')
  // A halt of a day moves ledger time by two block intervals a block.
  const afterHalt = makeAgreement(ledger, parties, { expiresMs: ledger.timeMs + 40_001 })
  ledger.block([], 86_400_000)
  assert.equal(ledger.copy().run('dora', atExpiry), 'agreement-expired')
  assert.equal(ledger.run('dora', afterHalt), 'ok')
})

test('agreements are found by document and by party, newest first, page by page', () => {
  const ledger = start()
  for (let index = 0; index < 40; index++) {
    const made = makeAgreement(ledger, index % 2 === 0 ? ['alice', 'bob'] : parties, { document: `document ${index}` })
    assert.equal(ledger.run('dora', made), 'ok')
  }
  const list = { kind: 'party', of: ledger.account('alice') } as const
  const first = readAgreements(ledger.state, list, { limit: 35 })
  assert.equal(first.count, 40)
  assert.deepEqual(
    first.agreements.map(({ place }) => place),
    Array.from({ length: 35 }, (_, index) => 39 - index),
  )
  const rest = readAgreements(ledger.state, list, { before: first.agreements.at(-1)?.place, limit: 35 })
  const documents = [...first.agreements, ...rest.agreements].map(({ agreement }) => toHex(agreement.document))
  const expected = Array.from({ length: 40 }, (_, index) => toHex(sha256(utf8(`document ${39 - index}`))))
  assert.deepEqual(documents, expected)
  assert.equal(readAgreements(ledger.state, { kind: 'party', of: ledger.account('carol') }, { limit: 50 }).count, 20)
  assert.equal(readAgreements(ledger.state, { kind: 'party', of: ledger.account('dora') }, { limit: 50 }).count, 0)

  const document = sha256(utf8('document 3'))
  const [found] = readAgreements(ledger.state, { kind: 'document', of: document }, { limit: 2 }).agreements
  assert(found !== undefined)
  assert.deepEqual(
    found.agreement.parties.map((key) => toHex(accountOf(key))).sort(),
    parties.map((name) => toHex(ledger.account(name))).sort(),
  )
  assert.deepEqual(readAgreement(ledger.state, document, found.agreement.parties), found.agreement)
  assert(equalBytes(found.id, agreementId(document, found.agreement.parties)))
})

test('a document whose digest is an account does not come into the list of that account', () => {
  const ledger = start()
  const { body } = makeAgreement(ledger, parties)
  const document = ledger.account('dora')
  const action = makeAgreement(ledger, parties, { change: (statement) => ({ ...statement, document }) })
  assert.notDeepEqual(action.body.document, body.document)
  assert.equal(ledger.run('dora', action), 'ok')
  assert.equal(readAgreements(ledger.state, { kind: 'party', of: document }, { limit: 1 }).count, 0)
  assert.equal(readAgreements(ledger.state, { kind: 'document', of: document }, { limit: 1 }).count, 1)
})
