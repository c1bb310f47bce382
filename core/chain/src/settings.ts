import { GenesisError } from './genesis-error.ts'
import {
  type AmountRow,
  type NumberRow,
  type ParameterRow,
  type Parameters,
  parameterProblem,
  parameterTable,
  relationProblem,
} from './parameters.ts'

const MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  min: 60_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  day: 86_400_000,
  days: 86_400_000,
}
const BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1_024, MiB: 1_048_576 }

export interface Currency {
  readonly name: string
  readonly decimals: number
}

/**
 * Reads a sum: `14` counts smallest units, `1.5 credit` whole ones. Throws GenesisError with one line.
 */
export function parseAmount(text: string, currency: Currency): bigint {
  const match = /^(\d{1,20})(?:\.(\d{1,12}))? ?([a-z]{1,16})?$/.exec(text.replaceAll(',', ''))
  if (match === null) throw new GenesisError(`${JSON.stringify(text)} is not an amount such as "1.5 ${currency.name}"`)
  const [, whole = '', fraction = '', unit] = match
  if (unit === undefined) {
    if (fraction !== '') throw new GenesisError(`${text}: smallest units are whole; write "${text} ${currency.name}"`)
    return BigInt(whole)
  }
  if (unit !== currency.name) throw new GenesisError(`${text}: the currency is ${currency.name}`)
  if (fraction.length > currency.decimals) {
    throw new GenesisError(`${text}: ${currency.name} has ${currency.decimals} decimals`)
  }
  return BigInt(whole + fraction.padEnd(currency.decimals, '0'))
}

function parseScaled(text: string, scale: Readonly<Record<string, number>>, bare: number, example: string): number {
  const match = /^(\d{1,16})(?: ?([A-Za-z]{1,4}))?$/.exec(text)
  const factor = match?.[2] === undefined ? bare : scale[match[2]]
  if (match === null || factor === undefined) throw new GenesisError(`${JSON.stringify(text)} is not like ${example}`)
  return Number(match[1]) * factor
}

function parseNumber(row: NumberRow, text: string): number {
  switch (row.type) {
    case 'milliseconds':
      return parseScaled(text, MILLISECONDS, 1, '"10s"')
    case 'seconds': {
      const milliseconds = parseScaled(text, MILLISECONDS, 1_000, '"300s"')
      if (milliseconds % 1_000 !== 0) throw new GenesisError(`${text} is not a whole number of seconds`)
      return milliseconds / 1_000
    }
    case 'bytes':
      return parseScaled(text, BYTES, 1, '"1 MiB"')
    case 'count':
      return parseScaled(text, {}, 1, '"60"')
  }
}

function defaultAmount(row: AmountRow, decimals: number): bigint {
  return row.defaultWholeUnits === undefined ? row.defaultValue : row.defaultWholeUnits * 10n ** BigInt(decimals)
}

function rowFor(name: string): ParameterRow {
  const row = parameterTable.find((candidate) => candidate.name === name || candidate.setting === name)
  if (row !== undefined) return row
  throw new GenesisError(`--set ${name}: no such parameter; there are ${parameterTable.map((r) => r.name).join(', ')}`)
}

/** Nobody owns or pays anything, and names run for a year: `currency=none`, each row of which can be set apart. */
const withoutCurrency: Readonly<Record<string, string>> = {
  founderBalance: '0',
  depositRateQuanta: '0',
  nameTermMs: '365d',
  transactionFeeBase: '0',
  transactionFeePerByte: '0',
  bond: '0',
}

/** Settings that stand for several rows: `depositRate=1/36s`, `depositRate=0`, `currency=none`. */
function expand(sets: Readonly<Record<string, string>>): Map<string, string> {
  const expanded = new Map<string, string>()
  const add = (name: string, value: string): void => {
    if (expanded.has(name)) throw new GenesisError(`--set ${name}: given twice`)
    expanded.set(name, value)
  }
  const isGiven = (row: string): boolean =>
    Object.keys(sets).some((name) =>
      name === 'depositRate' ? row === 'depositRateQuanta' : name !== 'currency' && rowFor(name).name === row,
    )
  for (const [name, value] of Object.entries(sets)) {
    if (name === 'currency' && value === 'none') {
      for (const [row, setting] of Object.entries(withoutCurrency)) if (!isGiven(row)) add(row, setting)
      continue
    }
    if (name !== 'depositRate') {
      add(rowFor(name).name, value)
      continue
    }
    const [quanta = '', period] = value.split('/')
    add('depositRateQuanta', quanta.trim())
    if (period !== undefined) add('depositRatePeriodMs', period.trim())
  }
  return expanded
}

/** One setting as `--set` takes it: which parameter, and its value. Throws GenesisError with one line. */
export function parseSetting(
  name: string,
  text: string,
  currency: Currency,
): { readonly name: keyof Parameters; readonly value: string | number | bigint } {
  const row = rowFor(name)
  try {
    if (row.type === 'text') return { name: row.name, value: text }
    return { name: row.name, value: row.type === 'amount' ? parseAmount(text, currency) : parseNumber(row, text) }
  } catch (error) {
    throw new GenesisError(`${row.name}: ${(error as Error).message}`)
  }
}

/**
 * All parameters: the defaults, changed by `--set NAME=VALUE`. Values take units (`10s`, `14d`, `1 MiB`, `1 credit`); a
 * bare number counts the unit that the parameter's name ends with. Throws GenesisError with one line.
 */
export function parametersFrom(sets: Readonly<Record<string, string>>): Parameters {
  const given = expand(sets)
  const values: Record<string, string | number | bigint> = {}
  for (const row of parameterTable) {
    const text = given.get(row.name)
    const currency = { name: String(values['currencyName']), decimals: Number(values['currencyDecimals']) }
    try {
      values[row.name] =
        row.type === 'text'
          ? (text ?? row.defaultValue)
          : row.type === 'amount'
            ? text === undefined
              ? defaultAmount(row, currency.decimals)
              : parseAmount(text, currency)
            : text === undefined
              ? row.defaultValue
              : parseNumber(row, text)
    } catch (error) {
      throw new GenesisError(`--set ${row.name}: ${(error as Error).message}`)
    }
    const problem = parameterProblem(row, values[row.name])
    if (problem !== undefined) throw new GenesisError(`--set ${problem}`)
  }
  const parameters = values as unknown as Parameters
  const problem = relationProblem(parameters)
  if (problem !== undefined) throw new GenesisError(`--set: ${problem}`)
  return parameters
}
