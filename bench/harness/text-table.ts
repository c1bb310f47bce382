import type { Figure, Table } from './benchmark.ts'
import { significant } from './statistics.ts'

/** Numbers with thousands separated and four significant digits, the same on every machine. */
export function showFigure(figure: Figure): string {
  if (typeof figure !== 'number') return String(figure)
  const [whole = '', fraction] = String(significant(figure)).split('.')
  const grouped = whole.replace(/(?<=\d)(?=(\d{3})+$)/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

/** A table for a terminal: numbers to the right, words to the left. */
export function textTable({ title, columns, rows }: Table): string {
  const cells = [columns.map(String), ...rows.map((row) => row.map(showFigure))]
  const widths = columns.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)))
  const isNumeric = columns.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'))
  const lines = cells.map((row) =>
    row
      .map((cell, column) =>
        isNumeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  lines.splice(1, 0, widths.map((width) => '─'.repeat(width)).join('  '))
  return [title, ...lines].join('\n')
}

export function markdownTable({ columns, rows }: Omit<Table, 'title'>): string {
  const escapeCell = (cell: string): string => cell.replaceAll('|', '\\|')
  const isNumeric = columns.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'))
  return [
    `| ${columns.map(escapeCell).join(' | ')} |`,
    `|${isNumeric.map((numeric) => (numeric ? '---:' : '---')).join('|')}|`,
    ...rows.map((row) => `| ${row.map((cell) => escapeCell(showFigure(cell))).join(' | ')} |`),
  ].join('\n')
}
