import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from './environment.ts'
import { type BenchmarkRecord, readRecords, recordFolder } from './record.ts'
import { svgPlot } from './svg-plot.ts'
import { markdownTable, showFigure } from './text-table.ts'

const introduction = `# Benchmarks

Written by \`npm run bench -- --report\` from the last run of each benchmark. Run one with \`npm run bench -- <name>\`;
\`npm run bench -- --list\` names them. Figures hold for the machine named beside them.`

/** Writes docs/benchmarks.md and its plots from the last run of each benchmark; gives the names reported. */
export function writeReport(root: string): string[] {
  const records = readRecords(root)
  mkdirSync(recordFolder(root), { recursive: true })
  for (const record of records) {
    for (const plot of record.plots) writeFileSync(join(recordFolder(root), plotFile(record, plot.name)), svgPlot(plot))
  }
  writeFileSync(join(root, 'docs/benchmarks.md'), `${[introduction, ...records.map(section)].join('\n\n')}\n`)
  return records.map((record) => record.benchmark)
}

function section(record: BenchmarkRecord): string {
  const parts = [`## ${record.benchmark}`, record.description, describe(record.date, record.environment)]
  const settings = Object.entries(record.settings).map(([name, value]) => `${name} = ${showFigure(value)}`)
  if (settings.length > 0) parts.push(`Settings: ${settings.join(', ')}.`)
  if (record.aims.length > 0) {
    const rows = record.aims.map(({ name, value, aim, met }) => [name, value, aim, met ? 'met' : 'missed'])
    parts.push(markdownTable({ columns: ['aim', 'measured', 'wanted', ''], rows }))
  }
  for (const table of record.tables) parts.push(`**${table.title}**`, markdownTable(table))
  if (record.tables.length === 0) {
    parts.push(markdownTable({ columns: ['figure', 'value'], rows: Object.entries(record.figures) }))
  }
  for (const plot of record.plots) parts.push(`![${plot.title}](benchmarks/${plotFile(record, plot.name)})`)
  return parts.join('\n\n')
}

function describe(date: string, environment: Environment): string {
  const packages = Object.entries(environment.packages).map(([name, version]) => `${name} ${version}`)
  const { processor, cores, memoryGiB, system, node, commit } = environment
  return (
    `${date}, commit ${commit}: ${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}; ` +
    `${[`Node ${node}`, ...packages].join(', ')}.`
  )
}

function plotFile(record: BenchmarkRecord, plot: string): string {
  return `${record.benchmark}-${plot}.svg`
}
