import { amount, asciiText, type Codec, type Decoded, uint53 } from '@cresset/core-codec'
import { type EntryType, entryType } from './entries/entry-type.ts'

/** The rows of genesis that execution reads. They live in the state, so that a vote can change them from one block to the next. */
const fields = {
  currencyName: asciiText({ minBytes: 1, maxBytes: 16 }),
  currencyDecimals: uint53,
  depositRateQuanta: uint53,
  depositRatePeriodMs: uint53,
  feeEveryBlocks: uint53,
  quantum: amount,
  transactionFeeBase: amount,
  transactionFeePerByte: amount,
  nameNodesSharePercent: uint53,
  defaultTtlSeconds: uint53,
  minTtlSeconds: uint53,
  maxTtlSeconds: uint53,
  maxBlockIntervalMs: uint53,
  revealWindowMs: uint53,
  bond: amount,
  maxOpenSealsWithoutBond: uint53,
  graceMs: uint53,
  releaseDelayMs: uint53,
  maxBlockBytes: uint53,
  maxBlockUnits: uint53,
  maxTransactionBytes: uint53,
  nameTermMs: uint53,
  securityLevels: uint53,
  votingLevel: uint53,
  unbondingMs: uint53,
  proposalWindowMs: uint53,
  addNodeThresholdPercent: uint53,
  removeNodeThresholdPercent: uint53,
  setNodeKeysThresholdPercent: uint53,
  setNodePropertiesThresholdPercent: uint53,
  validatorInThresholdPercent: uint53,
  validatorOutThresholdPercent: uint53,
  parametersThresholdPercent: uint53,
  issueMoneyThresholdPercent: uint53,
  upgradeThresholdPercent: uint53,
  stakeUnit: amount,
  slashPercent: uint53,
} satisfies Record<string, Codec<number> | Codec<bigint> | Codec<string>>

export type LedgerParameters = { readonly [K in keyof typeof fields]: Decoded<(typeof fields)[K]> }

export const parametersEntry: EntryType<LedgerParameters> = entryType('parameters', fields)

/** The rows by name, out of a larger table. */
export function ledgerParametersOf(table: LedgerParameters): LedgerParameters {
  return Object.fromEntries(
    Object.keys(fields).map((name) => [name, table[name as keyof LedgerParameters]]),
  ) as unknown as LedgerParameters
}

/** Quanta by which F can move in one fee block at most; its work grows with this and with nothing else. */
export const maxQuantaPerFeeBlock = 4_096

/** What makes these parameters unusable, in a line; undefined when they can be used. */
export function parametersProblem(p: LedgerParameters): string | undefined {
  const positive = ['depositRatePeriodMs', 'feeEveryBlocks', 'maxBlockIntervalMs', 'maxBlockUnits'] as const
  for (const name of positive) if (p[name] < 1) return `${name} must be at least 1`
  if (p.quantum < 1n) return 'quantum must be at least 1'
  if (p.nameNodesSharePercent > 100) return 'nameNodesSharePercent must be at most 100'
  if (isByTerm(p) && p.depositRateQuanta > 0) return 'names run by term only with depositRateQuanta 0'
  const longestIntervalMs = BigInt(p.feeEveryBlocks) * 2n * BigInt(p.maxBlockIntervalMs)
  const { quanta: pace, periodMs } = paceOf(p)
  const quanta = (longestIntervalMs * BigInt(pace)) / BigInt(periodMs) + 1n
  if (quanta > BigInt(maxQuantaPerFeeBlock)) {
    return `the deposit rate moves ${quanta} quanta in one fee block, at most ${maxQuantaPerFeeBlock} are possible`
  }
  return undefined
}

/** Names are kept by renewing them for a term and cost nothing; a name's quanta are then time alone. */
export function isByTerm({ nameTermMs }: Pick<LedgerParameters, 'nameTermMs'>): boolean {
  return nameTermMs > 0
}

type PaceParameters = Pick<LedgerParameters, 'depositRateQuanta' | 'depositRatePeriodMs' | 'nameTermMs'>

/** How fast F rises: with the rate of the deposits or, by term, one quantum a period. */
export function paceOf(parameters: PaceParameters): { readonly quanta: number; readonly periodMs: number } {
  const { depositRateQuanta, depositRatePeriodMs } = parameters
  return { quanta: isByTerm(parameters) ? 1 : depositRateQuanta, periodMs: depositRatePeriodMs }
}

/** What quanta are worth: by term nothing. */
export function worthOf(quanta: number | bigint, parameters: Pick<LedgerParameters, 'quantum' | 'nameTermMs'>): bigint {
  return isByTerm(parameters) ? 0n : BigInt(quanta) * parameters.quantum
}

/** What every transaction of this length pays; one alone can cost more: `tableFee`. */
export function transactionFee(
  bytes: number,
  parameters: Pick<LedgerParameters, 'transactionFeeBase' | 'transactionFeePerByte'>,
): bigint {
  return parameters.transactionFeeBase + parameters.transactionFeePerByte * BigInt(bytes)
}

/** What a seal holds: nothing when names are free, because then nobody need own money. */
export function bondOf(parameters: Pick<LedgerParameters, 'bond' | 'depositRateQuanta'>): bigint {
  return parameters.depositRateQuanta === 0 ? 0n : parameters.bond
}
