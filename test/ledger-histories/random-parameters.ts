import type { Random } from '../../tools/fuzz/random.ts'
import type { NaiveParameters } from '../naive-ledger/state.ts'

/** One to three parameters that a vote changes in mid-history. A rate of 0 stays 0 and one above it stays above. */
export function randomParameters(random: Random, now: NaiveParameters): Record<string, number> {
  const { depositRateQuanta, depositRatePeriodMs, revealWindowMs, releaseDelayMs, feeEveryBlocks } = now
  const makers: Record<string, () => number> = {
    depositRateQuanta: () => (depositRateQuanta === 0 ? 0 : random.pick([1, 2, 3, 7])),
    depositRatePeriodMs: () => Math.max(1, Math.floor((depositRatePeriodMs * random.pick([1, 3, 7, 20, 40])) / 10)),
    feeEveryBlocks: () => random.pick([1, 2, 5, 12, feeEveryBlocks + 1]),
    transactionFeeBase: () => random.pick([0, 50, 100, 1_000]),
    transactionFeePerByte: () => random.pick([0, 1, 2, 5]),
    nameNodesSharePercent: () => random.pick([0, 10, 50, 100]),
    bond: () => random.pick([0, 1, 500_000, 2_000_000]),
    maxOpenSealsWithoutBond: () => random.pick([1, 3]),
    revealWindowMs: () => random.pick([1, Math.floor(revealWindowMs / 2), 2 * revealWindowMs + 1]),
    releaseDelayMs: () => random.pick([0, Math.floor(releaseDelayMs / 3), 2 * releaseDelayMs + 1]),
  }
  const names = Object.keys(makers)
  const chosen = Array.from({ length: random.pick([1, 1, 2, 3]) }, () => random.pick(names))
  return Object.fromEntries(chosen.map((name) => [name, (makers[name] as () => number)()]))
}
