import { type ParameterRow, parameterTable } from '@cresset/core-chain'
import { markdownTable } from './markdown-table.ts'

const scales: Readonly<Record<string, readonly (readonly [string, number])[]>> = {
  milliseconds: [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
    ['ms', 1],
  ],
  seconds: [
    ['d', 86_400],
    ['h', 3_600],
    ['min', 60],
    ['s', 1],
  ],
  bytes: [
    ['MiB', 1_048_576],
    ['KiB', 1_024],
    ['B', 1],
  ],
}

const grouped = (value: number | bigint): string => value.toString().replace(/\B(?=(\d{3})+$)/g, ',')

/** The value in the greatest unit that leaves it whole. */
function show(value: number | bigint, type: ParameterRow['type']): string {
  const scale = typeof value === 'number' && value > 0 ? scales[type] : undefined
  const [unit, size] = scale?.find(([, size]) => Number(value) % size === 0) ?? ['', 1]
  return `${grouped(unit === '' ? value : Number(value) / size)}${unit === '' ? '' : ` ${unit}`}`
}

function rowOf(row: ParameterRow): string[] {
  const names = row.setting === row.name ? `\`${row.name}\`` : `\`${row.name}\`, \`${row.setting}\``
  if (row.type === 'text') {
    return [names, row.defaultValue, row.choices?.join(' or ') ?? '1 to 16 letters a–z', row.description]
  }
  const isWhole = row.type === 'amount' && row.defaultWholeUnits !== undefined
  const byDefault = isWhole ? `${grouped(row.defaultWholeUnits ?? 0n)} whole` : show(row.defaultValue, row.type)
  const maximum = row.type === 'amount' && row.maximum >= 2n ** 63n - 1n ? '2^63 − 1' : show(row.maximum, row.type)
  return [names, byDefault, `${show(row.minimum, row.type)} … ${maximum}`, row.description]
}

/** docs/reference/parameters.md */
export function parametersPage(): string {
  return `# Rules of a ledger

<!-- Written by npm run reference from core/chain/src/parameters.ts. -->

Genesis fixes these; \`cresset network init --set NAME=VALUE\` changes one, and can be given again for more. All members must agree on them before
the ledger begins: every node computes with the same numbers.

- Where two names stand, either will do.
- A span takes a unit: \`500ms\`, \`10s\`, \`5min\`, \`2h\`, \`14d\`. A size takes \`B\`, \`KiB\` or \`MiB\`. A bare number counts the unit in which the first name ends.
- A sum is \`1.5 credit\` in whole units, or a bare number of smallest units. "Whole" in the table means whole units, whatever the decimals.
- \`depositRate=1/36s\` sets \`depositRateQuanta\` and \`depositRatePeriodMs\` together; \`depositRate=0\` makes deposits optional.
- \`currency=none\` makes a ledger without money: no balances, fees, rate or bond, and names that their owners renew by term (\`nameTerm\`, a year unless set).
- Some rules must fit each other, such as the lowest, the default and the highest time to live. \`network init\` says which do not.

${markdownTable(['name', 'default', 'from … to', 'meaning'], parameterTable.map(rowOf))}`
}
