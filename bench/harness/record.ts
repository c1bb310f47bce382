import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Aim, BenchmarkResult, Figure, Plot, Table } from './benchmark.ts'
import type { Environment } from './environment.ts'

/** The last run of a benchmark, as kept in docs/benchmarks/<name>.json. */
export type BenchmarkRecord = {
  benchmark: string
  description: string
  date: string
  environment: Environment
  settings: Record<string, Figure>
  figures: Record<string, Figure>
  aims: Aim[]
  tables: Table[]
  plots: Plot[]
}

export function makeRecord(
  benchmark: { name: string; description: string },
  environment: Environment,
  settings: Record<string, Figure>,
  result: BenchmarkResult,
): BenchmarkRecord {
  return {
    benchmark: benchmark.name,
    description: benchmark.description,
    date: new Date().toISOString().slice(0, 10),
    environment,
    settings,
    figures: result.figures,
    aims: [...(result.aims ?? [])],
    tables: [...(result.tables ?? [])],
    plots: [...(result.plots ?? [])],
  }
}

export function recordFolder(root: string): string {
  return join(root, 'docs/benchmarks')
}

export function writeRecord(root: string, record: BenchmarkRecord): void {
  mkdirSync(recordFolder(root), { recursive: true })
  writeFileSync(join(recordFolder(root), `${record.benchmark}.json`), `${JSON.stringify(record, null, 2)}\n`)
}

export function readRecords(root: string): BenchmarkRecord[] {
  if (!existsSync(recordFolder(root))) return []
  return readdirSync(recordFolder(root))
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => JSON.parse(readFileSync(join(recordFolder(root), file), 'utf8')) as BenchmarkRecord)
}
