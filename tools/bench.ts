/**
 * npm run bench -- <name> [--json] [options]   measures, prints tables, keeps the run in docs/benchmarks/<name>.json
 *                                              (--no-record leaves that file as it is)
 * npm run bench -- --list                      names the benchmarks with their options
 * npm run bench -- --report                    writes docs/benchmarks.md with plots from the last runs
 * Status 0 when it measured, also when an aim was missed.
 */
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Benchmark } from '../bench/harness/benchmark.ts'
import { describeEnvironment } from '../bench/harness/environment.ts'
import { describeOptions, readOptions, UsageError } from '../bench/harness/options.ts'
import { type BenchmarkRecord, makeRecord, writeRecord } from '../bench/harness/record.ts'
import { writeReport } from '../bench/harness/report.ts'
import { showFigure, textTable } from '../bench/harness/text-table.ts'
import { repositoryRoot } from './process/capture.ts'
import { exitOnSignals } from './process/exit-on-signals.ts'
import { leaveNothingBehind } from './process/marked-processes.ts'

const folder = join(repositoryRoot, 'bench')

function benchmarkNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => file.slice(0, -'.ts'.length))
    .sort()
}

async function loadBenchmark(name: string): Promise<Benchmark> {
  if (!/^[a-z0-9-]+$/.test(name) || !existsSync(join(folder, `${name}.ts`))) {
    throw new UsageError(`there is no benchmark ${name}; there are: ${benchmarkNames().join(', ')}`)
  }
  const { default: benchmark } = (await import(join(folder, `${name}.ts`))) as { default?: Benchmark }
  if (benchmark?.name !== name) throw new Error(`bench/${name}.ts has no default export of a benchmark named ${name}`)
  return benchmark
}

async function list(): Promise<void> {
  for (const name of benchmarkNames()) {
    const benchmark = await loadBenchmark(name)
    console.log(`${name.padEnd(20)} ${benchmark.description}`)
    const options = describeOptions(benchmark.options)
    if (options !== '') console.log(options)
  }
}

type Output = { json: boolean; record: boolean }

async function measure(name: string, args: readonly string[], output: Output): Promise<void> {
  const benchmark = await loadBenchmark(name)
  const options = readOptions(benchmark.options, args)
  const scratch = mkdtempSync(join(tmpdir(), `cresset-bench-${name}-`))
  const remove = (): void => rmSync(scratch, { recursive: true, force: true })
  process.once('exit', remove)
  try {
    const environment = describeEnvironment(repositoryRoot, benchmark.packages ?? [])
    // Progress is for people: standard error keeps standard output clean for whoever reads the last line.
    const progress = (line: string): void => console.error(`… ${line}`)
    const result = await benchmark.run({ options, folder: scratch, progress })
    const record = makeRecord(benchmark, environment, options, result)
    if (output.record) writeRecord(repositoryRoot, record)
    print(record)
    const { figures, aims } = record
    if (output.json) console.log(JSON.stringify({ benchmark: name, figures, aims }))
  } finally {
    process.removeListener('exit', remove)
    remove()
  }
}

function print(record: BenchmarkRecord): void {
  const { environment: machine } = record
  const packages = Object.entries(machine.packages).map(([name, version]) => `, ${name} ${version}`)
  const settings = Object.entries(record.settings).map(([name, value]) => `${name} = ${showFigure(value)}`)
  console.log(`${record.benchmark}: ${record.description}`)
  console.log(`machine   ${machine.processor}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.system}`)
  console.log(`versions  Node ${machine.node}${packages.join('')}, commit ${machine.commit}`)
  console.log(`settings  ${settings.join(', ') || 'none'}`)
  for (const table of record.tables) console.log(`\n${textTable(table)}`)
  if (record.tables.length === 0) {
    console.log(
      `\n${textTable({ title: 'figures', columns: ['figure', 'value'], rows: Object.entries(record.figures) })}`,
    )
  }
  if (record.aims.length > 0) {
    const rows = record.aims.map(({ name, value, aim, met }) => [name, value, aim, met ? 'met' : 'missed'])
    console.log(`\n${textTable({ title: 'aims', columns: ['aim', 'measured', 'wanted', ''], rows })}`)
  }
}

exitOnSignals()
leaveNothingBehind()
const args = process.argv.slice(2)
const output = { json: args.includes('--json'), record: !args.includes('--no-record') }
const [name, ...options] = args.filter((word) => word !== '--json' && word !== '--no-record')
try {
  if (name === '--list') await list()
  else if (name === '--report')
    console.log(`docs/benchmarks.md: ${writeReport(repositoryRoot).join(', ') || 'no run kept yet'}`)
  else if (name === undefined || name.startsWith('-')) {
    throw new UsageError(`name a benchmark (${benchmarkNames().join(', ')}), --list or --report`)
  } else await measure(name, options, output)
} catch (error) {
  console.error(error instanceof UsageError ? error.message : error)
  process.exitCode = error instanceof UsageError ? 2 : 1
}
