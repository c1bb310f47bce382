import type { PreparedTransaction } from '@cresset/core-ledger'
import { checkInvariants, type Scenario } from '@cresset/core-ledger/testing'

/** What an attack cost those who made it and those who did not, measured on executed blocks. Money in smallest units. */
export interface Figure {
  readonly attack: 'option' | 'delay' | 'fee-dodge' | 'block-spam' | 'expiry-sniping' | 'index-flooding'
  /** What the attacker does, in a few words. */
  readonly how: string
  /** Money that the attacker no longer has and that bought nothing it could give back. */
  readonly paid: bigint
  /** Money that everybody else has less than without the attack. */
  readonly honestLost: bigint
  /** Ledger time for which somebody honest waited longer than without the attack. */
  readonly delayMs: number
}

/** What these transactions cost in fees. */
export function feesOf(ledger: Scenario, ...transactions: readonly PreparedTransaction[]): bigint {
  const { transactionFeeBase, transactionFeePerByte } = ledger.parameters
  return transactions.reduce(
    (sum, { bytes }) => sum + transactionFeeBase + transactionFeePerByte * BigInt(bytes.length),
    0n,
  )
}

/** What a name active for this time pays, a part of a quantum counted whole. */
export function priceOf(ledger: Scenario, spanMs: number): bigint {
  const { depositRateQuanta, depositRatePeriodMs, quantum } = ledger.parameters
  const period = BigInt(depositRatePeriodMs)
  return ((BigInt(spanMs) * BigInt(depositRateQuanta) + period - 1n) / period) * quantum
}

/** Blocks of a second each, without transactions, until `isDone`. */
export function waitUntil(ledger: Scenario, isDone: () => boolean, blockMs = 1_000): void {
  for (let blocks = 0; !isDone(); blocks++) {
    if (blocks > 100_000) throw new Error('what was waited for did not come')
    ledger.block([], blockMs)
  }
}

/** The full scan that `Scenario` leaves out once a state is large. */
export function checkLedger(ledger: Scenario): void {
  checkInvariants(ledger.state, ledger.supply)
}
