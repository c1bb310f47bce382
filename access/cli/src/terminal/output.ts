/** Where a command writes. Results go to stdout, everything about the way there to stderr. */
export interface Output {
  readonly json: boolean
  readonly terminal: boolean
  /** The result: with `--json` the value on one line, else the lines. */
  result(value: Record<string, unknown>, lines: readonly string[]): void
  /** A line about what happens now; silent with `--json`. */
  note(line: string): void
  warn(line: string): void
}

export interface Streams {
  readonly stdout: { write(text: string): unknown }
  readonly stderr: { write(text: string): unknown; readonly isTTY?: boolean }
}

const jsonForm = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint'
    ? value.toString()
    : value instanceof Uint8Array
      ? Buffer.from(value).toString('hex')
      : value

/** A name from the ledger may hold anything: no control character reaches the terminal. */
export const printable = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\uFFFD')

export function createOutput(streams: Streams, json: boolean): Output {
  return {
    json,
    terminal: !json && streams.stderr.isTTY === true,
    result(value, lines) {
      streams.stdout.write(
        json ? `${JSON.stringify(value, jsonForm)}\n` : lines.map((line) => `${printable(line)}\n`).join(''),
      )
    },
    note(line) {
      if (!json) streams.stderr.write(`${printable(line)}\n`)
    },
    warn(line) {
      streams.stderr.write(`warning: ${printable(line)}\n`)
    },
  }
}

/** Two columns, the first as wide as its longest entry. */
export function columns(rows: readonly (readonly [string, string])[]): string[] {
  const width = Math.max(0, ...rows.map(([label]) => label.length))
  return rows.map(([label, value]) => `${label.padEnd(width)}  ${value}`)
}

/** A table with a header line; numbers are set to the right. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const isNumber = header.map(
    (_title, column) => rows.length > 0 && rows.every((row) => /^[\d.,-]+$/.test(row[column] ?? '')),
  )
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd()
  return [line(header), ...rows.map(line)]
}
