import type { LedgerParameters } from '../parameters.ts'

const day = 86_400_000

/**
 * Least and greatest value of every parameter that a vote can change; core/chain has the same for genesis. The others are
 * fixed: money is counted in them, or parts of a node outside the ledger take them from genesis.
 */
export const parameterRanges = {
  depositRateQuanta: [0n, 1_000_000n],
  depositRatePeriodMs: [1_000n, BigInt(400 * day)],
  nameTermMs: [0n, BigInt(3_650 * day)],
  feeEveryBlocks: [10n, 1_000_000n],
  transactionFeeBase: [0n, 1_000_000_000_000n],
  transactionFeePerByte: [0n, 1_000_000_000n],
  nameNodesSharePercent: [0n, 100n],
  votingLevel: [0n, 15n],
  minTtlSeconds: [0n, 604_800n],
  maxTtlSeconds: [1n, 604_800n],
  revealWindowMs: [1_000n, BigInt(7 * day)],
  bond: [0n, 2n ** 63n - 1n],
  maxOpenSealsWithoutBond: [1n, 64n],
  graceMs: [0n, BigInt(400 * day)],
  releaseDelayMs: [0n, BigInt(400 * day)],
  unbondingMs: [60_000n, BigInt(3_650 * day)],
  proposalWindowMs: [1_000n, BigInt(400 * day)],
  addNodeThresholdPercent: [50n, 99n],
  removeNodeThresholdPercent: [50n, 99n],
  setNodeKeysThresholdPercent: [50n, 99n],
  setNodePropertiesThresholdPercent: [50n, 99n],
  validatorInThresholdPercent: [50n, 99n],
  validatorOutThresholdPercent: [50n, 99n],
  parametersThresholdPercent: [50n, 99n],
  issueMoneyThresholdPercent: [50n, 99n],
  upgradeThresholdPercent: [50n, 99n],
  slashPercent: [0n, 100n],
} as const satisfies Partial<Record<keyof LedgerParameters, readonly [bigint, bigint]>>

export type ChangeableParameter = keyof typeof parameterRanges

export const changeableParameters = Object.keys(parameterRanges) as readonly ChangeableParameter[]

export function isChangeable(name: string): name is ChangeableParameter {
  return Object.hasOwn(parameterRanges, name)
}
