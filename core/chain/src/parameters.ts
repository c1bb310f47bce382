import { amount, asciiText, type Codec, mapped, struct, uint } from '@cresset/core-codec'

/** Rules that genesis fixes and votes change. Integers only; the unit is the last word of a name, money is in smallest units. */
export interface Parameters {
  /** Name of one whole unit, for people. */
  currencyName: string
  currencyDecimals: number
  founderBalance: bigint
  /** Quanta that an active name pays per `depositRatePeriodMs` of ledger time. */
  depositRateQuanta: number
  depositRatePeriodMs: number
  /** 0: names live on deposits. Else they cost nothing and are renewed for this long. */
  nameTermMs: number
  feeEveryBlocks: number
  quantum: bigint
  transactionFeeBase: bigint
  transactionFeePerByte: bigint
  nameNodesSharePercent: number
  /** Levels are 0 … securityLevels − 1. */
  securityLevels: number
  /** Lowest security level that votes. */
  votingLevel: number
  defaultTtlSeconds: number
  minTtlSeconds: number
  maxTtlSeconds: number
  maxBlockIntervalMs: number
  revealWindowMs: number
  bond: bigint
  maxOpenSealsWithoutBond: number
  graceMs: number
  releaseDelayMs: number
  maxBlockBytes: number
  maxBlockUnits: number
  maxTransactionBytes: number
  keepVersions: number
  trustingPeriodMs: number
  unbondingMs: number
  maxStalenessMs: number
  /** How long a proposal can be voted on, in ledger time. */
  proposalWindowMs: number
  /** A proposal passes when more than this share of those who may vote on it agree. */
  addNodeThresholdPercent: number
  removeNodeThresholdPercent: number
  setNodeKeysThresholdPercent: number
  setNodePropertiesThresholdPercent: number
  validatorInThresholdPercent: number
  validatorOutThresholdPercent: number
  parametersThresholdPercent: number
  issueMoneyThresholdPercent: number
  upgradeThresholdPercent: number
  /** Stake that gives one unit of power, with the engine `stake`. */
  stakeUnit: bigint
  /** Of the stake, for conflicting votes. */
  slashPercent: number
  zoneAlgorithm: string
  zoneDenial: string
  soaRefreshSeconds: number
  soaRetrySeconds: number
  soaExpireSeconds: number
  soaMinimumSeconds: number
}

interface RowOf<Name extends keyof Parameters> {
  readonly name: Name
  /** Shorter name that `--set` takes too, without the unit. */
  readonly setting: string
  readonly description: string
}

export interface AmountRow extends RowOf<AmountName> {
  readonly type: 'amount'
  readonly defaultValue: bigint
  /** When given, the default counts whole units of the currency, whatever its decimals. */
  readonly defaultWholeUnits?: bigint
  readonly minimum: bigint
  readonly maximum: bigint
}

export interface NumberRow extends RowOf<NumberName> {
  readonly type: 'count' | 'milliseconds' | 'seconds' | 'bytes'
  readonly defaultValue: number
  readonly minimum: number
  readonly maximum: number
}

export interface TextRow extends RowOf<TextName> {
  readonly type: 'text'
  readonly defaultValue: string
  /** Values allowed; a currency's name is free (lower-case letters). */
  readonly choices?: readonly string[]
}

export type ParameterRow = AmountRow | NumberRow | TextRow

type NamesOf<T> = { [K in keyof Parameters]: Parameters[K] extends T ? K : never }[keyof Parameters]
type AmountName = NamesOf<bigint>
type NumberName = NamesOf<number>
type TextName = NamesOf<string>

/** No sum of money may pass this, so that two of them always add up within 64 bits. */
export const MAX_MONEY = 2n ** 63n - 1n
const second = 1_000
const minute = 60 * second
const hour = 60 * minute
const day = 24 * hour

function amountRow(
  name: AmountName,
  defaultValue: bigint,
  description: string,
  limits: { minimum?: bigint; maximum?: bigint; defaultWholeUnits?: bigint } = {},
): AmountRow {
  return { type: 'amount', name, setting: name, defaultValue, minimum: 0n, maximum: MAX_MONEY, description, ...limits }
}

function numberRow(
  type: NumberRow['type'],
  name: NumberName,
  defaultValue: number,
  minimum: number,
  maximum: number,
  description: string,
): NumberRow {
  const setting = name.replace(/(Ms|Seconds|Blocks|Percent)$/, '')
  return { type, name, setting, defaultValue, minimum, maximum, description }
}

/** Half or more, so that two proposals that exclude each other never both pass on the votes of one electorate. */
function thresholdRow(name: NumberName, percent: number, what: string): NumberRow {
  return numberRow('count', name, percent, 50, 99, `votes over this share are needed ${what}`)
}

function textRow(name: TextName, defaultValue: string, description: string, choices?: readonly string[]): TextRow {
  const row: TextRow = { type: 'text', name, setting: name.replace(/Name$/, ''), defaultValue, description }
  return choices === undefined ? row : { ...row, choices }
}

/** Every rule with its default, in the order of the encoding; docs/reference/parameters.md is made from it. */
export const parameterTable: readonly ParameterRow[] = [
  textRow('currencyName', 'credit', 'name of one whole unit of the currency'),
  numberRow('count', 'currencyDecimals', 6, 0, 12, 'decimal places of the currency'),
  amountRow('founderBalance', 0n, 'balance of the founder key', { defaultWholeUnits: 1_000_000n }),
  numberRow('count', 'depositRateQuanta', 1, 0, 1_000_000, 'quanta a name pays per period; 0 makes deposits optional'),
  numberRow('milliseconds', 'depositRatePeriodMs', 36 * second, second, 400 * day, 'ledger time that the rate is for'),
  numberRow('milliseconds', 'nameTermMs', 0, 0, 3_650 * day, 'names cost nothing and run this long; 0: by deposit'),
  numberRow('count', 'feeEveryBlocks', 60, 10, 1_000_000, 'blocks between two fee blocks'),
  amountRow('quantum', 14n, 'fees move in whole quanta', { minimum: 1n, maximum: 1_000_000_000_000n }),
  amountRow('transactionFeeBase', 100n, 'fee of a transaction', { maximum: 1_000_000_000_000n }),
  amountRow('transactionFeePerByte', 1n, 'fee of a byte of a transaction', { maximum: 1_000_000_000n }),
  numberRow('count', 'nameNodesSharePercent', 20, 0, 100, 'share of income for the registered name nodes'),
  numberRow('count', 'securityLevels', 4, 1, 16, 'number of security levels, from 0'),
  numberRow('count', 'votingLevel', 1, 0, 15, 'lowest security level that votes'),
  numberRow('seconds', 'defaultTtlSeconds', 300, 1, 604_800, 'time to live of a record without its own'),
  numberRow('seconds', 'minTtlSeconds', 30, 0, 604_800, 'lowest time to live of a record'),
  numberRow('seconds', 'maxTtlSeconds', 86_400, 1, 604_800, 'highest time to live of a record'),
  numberRow('milliseconds', 'maxBlockIntervalMs', 10 * second, 100, hour, 'an idle network makes a block this often'),
  numberRow('milliseconds', 'revealWindowMs', 60 * second, second, 7 * day, 'ledger time before a seal can lapse'),
  amountRow('bond', 0n, 'what an open seal holds', { defaultWholeUnits: 1n }),
  numberRow('count', 'maxOpenSealsWithoutBond', 4, 1, 64, 'open seals of an account when the deposit rate is 0'),
  numberRow('milliseconds', 'graceMs', 7 * day, 0, 400 * day, 'from an empty deposit to expiry'),
  numberRow('milliseconds', 'releaseDelayMs', day, 0, 400 * day, 'from expiry to free'),
  numberRow(
    'bytes',
    'maxBlockBytes',
    1_048_576,
    65_536,
    2_097_152,
    'transactions of one block; links carry frames of 4 MiB',
  ),
  numberRow('count', 'maxBlockUnits', 20_000, 1_000, 10_000_000, 'work units of one block'),
  numberRow('bytes', 'maxTransactionBytes', 65_536, 4_096, 1_048_576, 'one transaction'),
  numberRow('count', 'keepVersions', 256, 256, 10_000_000, 'versions of the state that can be proved and undone'),
  numberRow('milliseconds', 'trustingPeriodMs', 14 * day, minute, 3_650 * day, 'a client does not extend older trust'),
  numberRow('milliseconds', 'unbondingMs', 21 * day, minute, 3_650 * day, 'stake stays bound this long'),
  numberRow('milliseconds', 'maxStalenessMs', 5 * minute, second, 400 * day, 'a client refuses older answers'),
  numberRow(
    'milliseconds',
    'proposalWindowMs',
    7 * day,
    second,
    400 * day,
    'ledger time in which a proposal is voted on',
  ),
  thresholdRow('addNodeThresholdPercent', 50, 'to admit a node'),
  thresholdRow('removeNodeThresholdPercent', 66, 'to remove a node'),
  thresholdRow('setNodeKeysThresholdPercent', 66, 'to give a node other keys'),
  thresholdRow('setNodePropertiesThresholdPercent', 50, "to change a node's roles, level or endpoints"),
  thresholdRow('validatorInThresholdPercent', 66, 'to make a node a validator'),
  thresholdRow('validatorOutThresholdPercent', 66, 'to end that'),
  thresholdRow('parametersThresholdPercent', 66, 'to change parameters'),
  thresholdRow('issueMoneyThresholdPercent', 66, 'to issue money'),
  thresholdRow('upgradeThresholdPercent', 66, 'to change the protocol version'),
  amountRow('stakeUnit', 1n, 'stake for one unit of power (engine stake)', { defaultWholeUnits: 1n, minimum: 1n }),
  numberRow('count', 'slashPercent', 10, 0, 100, 'of the stake, lost for conflicting votes (engine stake)'),
  textRow('zoneAlgorithm', 'ed25519', 'signatures of the zones', ['ed25519', 'p256']),
  textRow('zoneDenial', 'chain', 'denial of existence of the zones', ['chain', 'compact']),
  numberRow('seconds', 'soaRefreshSeconds', 60, 1, 604_800, 'SOA refresh'),
  numberRow('seconds', 'soaRetrySeconds', 30, 1, 604_800, 'SOA retry'),
  numberRow('seconds', 'soaExpireSeconds', 86_400, 60, 3_628_800, 'SOA expire'),
  numberRow('seconds', 'soaMinimumSeconds', 30, 0, 86_400, 'SOA minimum: time to live of a denial'),
]

/** What is wrong with one value, in a line that starts with the parameter's name; undefined when it is right. */
export function parameterProblem(row: ParameterRow, value: unknown): string | undefined {
  if (row.type === 'text') {
    if (typeof value !== 'string') return `${row.name}: expected a string`
    if (row.choices !== undefined) {
      return row.choices.includes(value) ? undefined : `${row.name}: expected ${row.choices.join(' or ')}`
    }
    return /^[a-z]{1,16}$/.test(value) ? undefined : `${row.name}: expected 1 to 16 lower-case letters`
  }
  const whole = row.type === 'amount' ? typeof value === 'bigint' : Number.isSafeInteger(value)
  if (!whole) return `${row.name}: expected a whole number`
  const number = value as number | bigint
  if (number < row.minimum || number > row.maximum) {
    return `${row.name}: ${number} is not from ${row.minimum} to ${row.maximum}`
  }
  return undefined
}

/** The work of a fee block grows with this and with nothing else. The ledger has the same limit. */
const MAX_QUANTA_PER_FEE_BLOCK = 4_096n

/** Ledger time moves at most two intervals a block. */
function quantaPerFeeBlock(p: Parameters): bigint {
  const longestMs = BigInt(p.feeEveryBlocks) * 2n * BigInt(p.maxBlockIntervalMs)
  const quanta = p.nameTermMs > 0 ? 1 : p.depositRateQuanta
  return (longestMs * BigInt(quanta)) / BigInt(p.depositRatePeriodMs) + 1n
}

/** First broken relation between parameters, as one line; undefined when all hold. */
export function relationProblem(p: Parameters): string | undefined {
  const relations: [holds: boolean, rule: string][] = [
    [p.minTtlSeconds <= p.defaultTtlSeconds, 'minTtlSeconds must not be over defaultTtlSeconds'],
    [p.defaultTtlSeconds <= p.maxTtlSeconds, 'defaultTtlSeconds must not be over maxTtlSeconds'],
    [p.votingLevel < p.securityLevels, 'votingLevel must be below securityLevels'],
    [p.maxTransactionBytes <= p.maxBlockBytes, 'maxTransactionBytes must not be over maxBlockBytes'],
    [p.trustingPeriodMs < p.unbondingMs, 'trustingPeriodMs must be below unbondingMs'],
    [p.maxStalenessMs < p.trustingPeriodMs, 'maxStalenessMs must be below trustingPeriodMs'],
    [p.nameTermMs === 0 || p.depositRateQuanta === 0, 'names run by term (nameTermMs) only with depositRateQuanta 0'],
    // An idle network's newest header gets this old; a client must not call that stale.
    [p.maxStalenessMs >= 2 * p.maxBlockIntervalMs, 'maxStalenessMs must be at least twice maxBlockIntervalMs'],
    [
      quantaPerFeeBlock(p) <= MAX_QUANTA_PER_FEE_BLOCK,
      `a fee block must not move more than ${MAX_QUANTA_PER_FEE_BLOCK} quanta: lower depositRateQuanta or feeEveryBlocks`,
    ],
    [p.soaRetrySeconds <= p.soaRefreshSeconds, 'soaRetrySeconds must not be over soaRefreshSeconds'],
    [p.soaRefreshSeconds < p.soaExpireSeconds, 'soaRefreshSeconds must be below soaExpireSeconds'],
  ]
  return relations.find(([holds]) => !holds)?.[1]
}

const valueCodecs = {
  text: asciiText({ minBytes: 1, maxBytes: 16 }),
  amount,
}

function codecOf(row: ParameterRow): Codec<string | number | bigint> {
  const inner = (
    row.type === 'text' || row.type === 'amount' ? valueCodecs[row.type] : uint(Number.MAX_SAFE_INTEGER)
  ) as Codec<string | number | bigint>
  const checked = (value: string | number | bigint): string | number | bigint => {
    const problem = parameterProblem(row, value)
    if (problem !== undefined) throw new RangeError(problem)
    return value
  }
  return mapped(inner, checked, checked)
}

export const parametersCodec: Codec<Parameters> = struct(
  Object.fromEntries(parameterTable.map((row) => [row.name, codecOf(row)])),
) as unknown as Codec<Parameters>
