import { parseArgs } from 'node:util'
import { oneLine, withNegativeValues } from '../../tools/process/command-line.ts'
import type { Figure, OptionDeclarations } from './benchmark.ts'

/** A mistake on the command line, with what to do about it. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Reads `--name value` for each declared option; numbers are finite. Throws UsageError. */
export function readOptions(declared: OptionDeclarations, args: readonly string[]): Record<string, Figure> {
  const options = Object.fromEntries(
    Object.entries(declared).map(([name, { type }]) => [
      name,
      { type: type === 'boolean' ? 'boolean' : 'string' } as const,
    ]),
  )
  let values: Record<string, string | boolean | undefined>
  try {
    values = parseArgs({ args: withNegativeValues(args), options, allowNegative: true }).values as typeof values
  } catch (error) {
    const names = Object.keys(declared).map((name) => `--${name}`)
    throw new UsageError(`${oneLine(error)}; options are ${names.join(', ') || 'none'}`)
  }
  return Object.fromEntries(
    Object.entries(declared).map(([name, option]) => {
      const given = values[name]
      if (given === undefined) return [name, option.default]
      if (option.type !== 'number') return [name, given]
      const value = Number(given)
      if (given === '' || !Number.isFinite(value)) throw new UsageError(`--${name} takes a number, not ${given}`)
      return [name, value]
    }),
  )
}

export function describeOptions(declared: OptionDeclarations): string {
  return Object.entries(declared)
    .map(([name, { description, default: value }]) => `  --${name.padEnd(20)} ${description} (${value})`)
    .join('\n')
}
