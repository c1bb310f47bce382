import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test as plainTest } from 'node:test'
import { actionTable } from './actions.ts'
import { type Code, codeOfNumber, codes } from './codes.ts'
import { withCodes } from './codes-table.ts'
import { entryKinds } from './entries/entry-type.ts'
import { moneyTest, test } from './testing/ledger-test.ts'
import { agreementCases } from './testing/rejections/agreements.ts'
import type { Case } from './testing/rejections/case.ts'
import { delegationCases } from './testing/rejections/delegation.ts'
import { membershipCases } from './testing/rejections/membership.ts'
import { orderCases } from './testing/rejections/orders.ts'
import { publishingCases } from './testing/rejections/publishing.ts'
import { recordTableCases } from './testing/rejections/record-tables.ts'
import { registrationCases } from './testing/rejections/registration.ts'
import { serverCases } from './testing/rejections/servers.ts'
import { tradeCases } from './testing/rejections/trade.ts'
import { transactionCases } from './testing/rejections/transactions.ts'
import { zoneKeyCases } from './testing/rejections/zone-keys.ts'

/** One way to each code: the type demands all of them. */
const cases: Record<Code, Case> = {
  ...agreementCases,
  ...orderCases,
  ...transactionCases,
  ...registrationCases,
  ...publishingCases,
  ...delegationCases,
  ...serverCases,
  ...tradeCases,
  ...membershipCases,
  ...zoneKeyCases,
  ...recordTableCases,
}

/** What nobody can be told where nothing costs anything, and why. */
const moneyCodes: Partial<Record<Code, string>> = {
  'fee-too-low': 'fees',
  'fee-unpayable': 'fees',
  'deposit-too-small': 'deposits',
  'deposit-too-large': 'deposits',
  'deposit-unpaid': 'deposits',
  'amount-below-quantum': 'top-ups',
  'amount-below-arrears': 'top-ups',
  'names-run-by-deposit': 'names that run by deposit',
  'refill-too-small': 'standing orders pay deposits',
  'cap-below-refill': 'standing orders pay deposits',
  'price-above-highest': 'a price',
  'too-much-money': 'money that a vote makes',
  'table-fee-not-offered': 'fees',
}

for (const [code, bring] of Object.entries(cases)) {
  const run = async () => assert.equal(await bring(), code)
  const why = moneyCodes[code as Code]
  if (why === undefined) test(`answers ${code}`, run)
  else moneyTest(`answers ${code}`, why, run)
}

plainTest('numbers of codes are found again', () => {
  for (const [code, { number }] of Object.entries(codes)) assert.equal(codeOfNumber(number), code)
  assert.equal(codeOfNumber(65_535), undefined)
})

const page = readFileSync(new URL('../../../docs/protocol/ledger.md', import.meta.url), 'utf8')

plainTest('docs/protocol/ledger.md has the table of codes (else run core/ledger/scripts/write-codes.ts)', () => {
  assert.equal(withCodes(page), page)
})

plainTest('docs/protocol/ledger.md names every kind of transaction and of entry by its number', () => {
  for (const [kind, [number]] of Object.entries(actionTable)) assert(page.includes(`\n| ${kind} | ${number} | `), kind)
  for (const [kind, number] of Object.entries(entryKinds)) assert(page.includes(`\n| ${number} ${kind} | `), kind)
})
