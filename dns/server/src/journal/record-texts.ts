import { recordEnd } from '../records.ts'

/** One record of an RRset, and its bytes as text, by which records can be looked up. */
export interface RecordText {
  readonly record: Uint8Array
  readonly text: string
}

/** The records of an RRset one by one, as views; a record is the same as another one with the same TTL alone. */
export function recordTexts(records: Uint8Array): RecordText[] {
  const found: RecordText[] = []
  for (let start = 0; start < records.length; start = recordEnd(records, start)) {
    const record = records.subarray(start, recordEnd(records, start))
    found.push({ record, text: Buffer.from(record.buffer, record.byteOffset, record.length).toString('latin1') })
  }
  return found
}

/** Those records that are not among the known ones. */
export function unknownRecords(records: Uint8Array, known: ReadonlySet<string>): Uint8Array {
  return Buffer.concat(
    recordTexts(records)
      .filter(({ text }) => !known.has(text))
      .map(({ record }) => record),
  )
}
