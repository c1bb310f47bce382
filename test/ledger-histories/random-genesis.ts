import type { Random } from '../../tools/fuzz/random.ts'
import type { GenesisPlan } from './history.ts'

const hourMs = 3_600_000
const dayMs = 24 * hourMs

/** Keys that histories pay and sign with. */
export const payers = ['e1', 'e2', 'e3', 'p1', 'p2', 'poor'] as const
export const owners = ['e1', 'p1', 'k1', 'k2', 'pk3'] as const

/** Parameters out of the corners: no rate, no fees, no grace, blocks that hold next to nothing. */
export function randomGenesis(random: Random): GenesisPlan {
  const feeEveryBlocks = random.pick([1, 2, 3, 5, 10, 12])
  const maxBlockIntervalMs = random.pick([1_000, 10_000, 10_000, 60_000, hourMs, dayMs])
  const intervalMs = feeEveryBlocks * maxBlockIntervalMs
  const isByTerm = random.oneIn(8)
  const depositRateQuanta = isByTerm || random.oneIn(8) ? 0 : random.pick([1, 1, 2, 7])
  // So many hundredths of a quantum in an idle interval.
  const perInterval = random.pick([3, 30, 100, 170, 1_700, 6_400, 20_000])
  const depositRatePeriodMs = Math.max(1, Math.floor((intervalMs * Math.max(1, depositRateQuanta) * 100) / perInterval))
  const quantum = random.pick([1, 14, 14, 1_000])
  const spans = [0, 1, Math.floor(intervalMs / 2), intervalMs, 3 * intervalMs, 10 * intervalMs]
  const validators = random.pick([1, 1, 2, 3, 4])
  const isTight = random.oneIn(5)
  const rich = random.oneIn(4) ? String(2n ** 61n) : '1000000000'
  const funds = random.pick(['1000000000', '40000000', '6000000'])
  return {
    parameters: {
      depositRateQuanta,
      depositRatePeriodMs,
      nameTermMs: isByTerm ? random.pick([1, intervalMs, 3 * intervalMs, 40 * intervalMs]) : 0,
      feeEveryBlocks,
      quantum,
      transactionFeeBase: random.pick([100, 100, 100, 0]),
      transactionFeePerByte: random.pick([1, 1, 3, 0]),
      nameNodesSharePercent: random.pick([0, 20, 20, 33, 100]),
      maxBlockIntervalMs,
      revealWindowMs: random.pick([1, 2 * maxBlockIntervalMs, 60_000, 6 * maxBlockIntervalMs]),
      bond: random.pick([0, 1, 1_000_000, 1_000_000]),
      maxOpenSealsWithoutBond: random.pick([1, 2, 4]),
      graceMs: random.oneIn(4) ? 7 * dayMs : random.pick(spans),
      releaseDelayMs: random.oneIn(4) ? dayMs : random.pick(spans),
      maxBlockBytes: isTight ? random.pick([1_500, 4_000, 1_048_576]) : 1_048_576,
      maxBlockUnits: isTight ? random.pick([30, 60, 20_000]) : 20_000,
      maxTransactionBytes: isTight ? random.pick([700, 1_500, 65_536]) : 65_536,
    },
    validators,
    nameNodes: random.below(validators + 1),
    balances: { e1: rich, e2: funds, e3: funds, p1: funds, p2: funds, poor: random.pick(['3000', '1200000']) },
  }
}

/** The same ledger without currency: nobody owns or pays anything, and names run by term. */
export function withoutCurrency(plan: GenesisPlan): GenesisPlan {
  const { feeEveryBlocks, maxBlockIntervalMs } = plan.parameters
  const intervalMs = Number(feeEveryBlocks) * Number(maxBlockIntervalMs)
  const nothing = { depositRateQuanta: 0, transactionFeeBase: 0, transactionFeePerByte: 0, bond: 0 }
  return { ...plan, balances: {}, parameters: { ...plan.parameters, ...nothing, nameTermMs: 8 * intervalMs } }
}
