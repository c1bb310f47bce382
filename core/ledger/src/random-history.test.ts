import fc from 'fast-check'
import { test } from './testing/ledger-test.ts'
import { playHistory } from './testing/random-history.ts'

test('random histories of all transactions: money is conserved, indexes equal a full scan, execution repeats itself', () => {
  const choices = fc.uint8Array({ minLength: 400, maxLength: 1_200 })
  fc.assert(
    fc.property(choices, (bytes) => {
      let at = 0
      playHistory(() => bytes[at++ % bytes.length] as number, 60)
    }),
    { numRuns: 15 },
  )
})
