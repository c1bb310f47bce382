/** A measured value: a number, or what stands for a setting that has none. */
export type Figure = number | string | boolean

/** What a benchmark ought to reach; missing it is reported and does not fail the run. */
export type Aim = { name: string; value: number; aim: string; met: boolean }

export type Table = { title: string; columns: readonly string[]; rows: readonly (readonly Figure[])[] }

export type Series = { name: string; points: readonly (readonly [x: number, y: number])[] }

/** Drawn into the report: lines over numbers, or bars by label. */
export type Plot =
  | {
      kind: 'lines'
      name: string
      title: string
      x: string
      y: string
      logX?: boolean
      logY?: boolean
      series: readonly Series[]
    }
  | { kind: 'bars'; name: string; title: string; y: string; bars: readonly { label: string; value: number }[] }

export type BenchmarkResult = {
  /** Every figure by a name that ends with its unit: `proofBytes`, `verifyMicroseconds`. */
  figures: Record<string, Figure>
  aims?: readonly Aim[]
  tables?: readonly Table[]
  plots?: readonly Plot[]
}

export type OptionDeclaration =
  | { type: 'number'; default: number; description: string }
  | { type: 'string'; default: string; description: string }
  | { type: 'boolean'; default: boolean; description: string }

export type OptionDeclarations = Readonly<Record<string, OptionDeclaration>>

export type OptionValues<Declared extends OptionDeclarations> = {
  readonly [Name in keyof Declared]: Declared[Name] extends { type: 'number' }
    ? number
    : Declared[Name] extends { type: 'boolean' }
      ? boolean
      : string
}

export type BenchmarkContext<Values> = {
  options: Values
  /** An empty folder, removed after the run. */
  folder: string
  /** Tells a person what is under way; never on the output that `--json` is read from. */
  progress(line: string): void
}

/** A benchmark: the default export of `bench/<name>.ts`. */
export type Benchmark = {
  name: string
  description: string
  options: OptionDeclarations
  /** Packages whose versions belong to the figures, besides Node. */
  packages?: readonly string[]
  run(context: BenchmarkContext<Readonly<Record<string, Figure>>>): Promise<BenchmarkResult>
}

/** Declares a benchmark so that `context.options` has the types of the options declared. */
export function defineBenchmark<const Declared extends OptionDeclarations>(
  benchmark: Omit<Benchmark, 'options' | 'run'> & {
    options: Declared
    run(context: BenchmarkContext<OptionValues<Declared>>): Promise<BenchmarkResult>
  },
): Benchmark {
  // The harness checks the values against the declarations before it calls `run`.
  return benchmark as unknown as Benchmark
}

export function atMost(name: string, value: number, limit: number, unit: string): Aim {
  return { name, value, aim: `≤ ${limit} ${unit}`.trim(), met: value <= limit }
}

export function atLeast(name: string, value: number, limit: number, unit: string): Aim {
  return { name, value, aim: `≥ ${limit} ${unit}`.trim(), met: value >= limit }
}
