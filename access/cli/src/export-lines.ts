import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { MAX_EXPORT_LINE_CHARACTERS, MAX_GENESIS_CHARACTERS } from '@cresset/core-chain'
import { UsageError } from './exit-codes.ts'

export interface ExportLine {
  readonly text: string
  /** Where the next line begins, in bytes. */
  readonly endOffset: number
  /** False for a last line without its end. */
  readonly isWhole: boolean
}

/** Lines of an export, never more than one of them in memory. Throws UsageError for a line that no export has. */
export async function* readExportLines(path: string): AsyncGenerator<ExportLine> {
  if ((await stat(path)).isDirectory()) throw new UsageError(`cannot read ${path}: it is a folder`)
  let parts: Buffer[] = []
  let length = 0
  let offset = 0
  let isFirst = true
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let start = 0
    for (let end = chunk.indexOf(10, start); end >= 0; end = chunk.indexOf(10, start)) {
      parts.push(chunk.subarray(start, end))
      yield { text: Buffer.concat(parts).toString('utf8'), endOffset: offset + end + 1, isWhole: true }
      parts = []
      length = 0
      isFirst = false
      start = end + 1
    }
    parts.push(chunk.subarray(start))
    length += chunk.length - start
    offset += chunk.length
    if (length > (isFirst ? 2 * MAX_GENESIS_CHARACTERS : MAX_EXPORT_LINE_CHARACTERS)) {
      throw new UsageError(`${path} is not an export: a line is too long`)
    }
  }
  if (length > 0) yield { text: Buffer.concat(parts).toString('utf8'), endOffset: offset, isWhole: false }
}
