import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatAmount, formatDuration, formatTime, parseAmount } from './amounts.ts'

const credit = { name: 'credit', decimals: 6 }

test('an amount is read exactly, with or without its unit', () => {
  assert.equal(parseAmount('12.5', credit), 12_500_000n)
  assert.equal(parseAmount('12.5 credit', credit), 12_500_000n)
  assert.equal(parseAmount('0.000001', credit), 1n)
  assert.equal(parseAmount('7', { name: 'token', decimals: 0 }), 7n)
})

test('an amount that is not exact, signed or in another currency is refused in one line', () => {
  for (const text of ['', '-1', '1e3', '0.0000001', '1 euro', '1.', '.5', '1,5', '0x10']) {
    assert.throws(
      () => parseAmount(text, credit),
      (error: Error) => !error.message.includes('\n'),
    )
  }
})

test('what is printed is read back', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.integer({ min: 0, max: 12 }), (units, decimals) => {
      const currency = { name: 'credit', decimals }
      assert.equal(parseAmount(formatAmount(units, currency), currency), units)
    }),
  )
})

test('a duration shows its two greatest units', () => {
  assert.equal(formatDuration(30 * 86_400_000 - 1_000), '29 d 23 h')
  assert.equal(formatDuration(61_000), '1 min 1 s')
  assert.equal(formatDuration(10), '0 s')
})

test('a time is told to the second, also one beyond all dates', () => {
  assert.equal(formatTime(1_800_000_000_999), '2027-01-15 08:00:00 UTC')
  assert.equal(formatTime(Number.MAX_SAFE_INTEGER), '+275760-09-13 00:00:00 UTC')
})
