import { CodecError, equalBytes } from '@cresset/core-codec'
import { type EntryKind, recordKinds } from './entries/entry-type.ts'
import { decodeEntry, type Entry } from './entries/entry-types.ts'
import { encodedRecordHash } from './entries/name.ts'

/** An entry that holds the hash of the one before it. */
export type RecordedEntry = Extract<Entry, { value: { readonly predecessor: Uint8Array | undefined } }>

function isRecorded(entry: Entry): entry is RecordedEntry {
  return recordKinds.has(entry.kind as EntryKind)
}

/** The hash that an encoded record names as its predecessor's; undefined in the first. @throws CodecError when it is no record. */
export function predecessorOf(encoded: Uint8Array): Uint8Array | undefined {
  const entry = decodeEntry(encoded)
  if (!isRecorded(entry)) throw new CodecError('unknown-kind', `an entry of kind ${entry.kind} has no predecessor`)
  return entry.value.predecessor
}

/**
 * Whether encoded records are the history behind `predecessor`, newest first: each is what the one before it names, so what proves
 * the newest record proves them all. Entries for the caller; undefined when one is out of place.
 */
export function continuesChain(
  predecessor: Uint8Array | undefined,
  records: readonly Uint8Array[],
): readonly RecordedEntry[] | undefined {
  const entries: RecordedEntry[] = []
  let expected = predecessor
  for (const record of records) {
    if (expected === undefined || !equalBytes(encodedRecordHash(record), expected)) return undefined
    const entry = decodeEntry(record)
    if (!isRecorded(entry)) return undefined
    entries.push(entry)
    expected = entry.value.predecessor
  }
  return entries
}
