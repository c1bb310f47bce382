import { asciiText, type Decoded, limited, list, optional, struct, uint, uint53 } from '@cresset/core-codec'
import { ownerRecordsCodec, recordTableLimits } from '../actions.ts'
import { type EntryType, entryType } from './entry-type.ts'
import { nameCodec } from './registration.ts'

type Values<F> = { readonly [K in keyof F]: Decoded<F[K]> }

const bits = uint(recordTableLimits.bits)

const recordGenerationCodec = struct({
  generation: uint53,
  /** It has 2^bits pages; those without owners have no entry. */
  bits,
  /** Single records of all its pages. */
  records: uint53,
  /** Of all its pages' entries. */
  bytes: uint53,
})
export type RecordGeneration = Decoded<typeof recordGenerationCodec>

const recordTableFields = {
  /** The greatest that the name ever used, under whatever owner: an old page can never be taken for a new one. */
  generation: uint53,
  /** What DNS shows. */
  served: optional(recordGenerationCodec),
  /** What will take its place. */
  building: optional(recordGenerationCodec),
}

/** Records that a name's owner publishes by his word alone, without a key of the host. Stays when the name ends. */
export type RecordTable = Values<typeof recordTableFields>
export const recordTableEntry: EntryType<RecordTable> = entryType('recordTable', recordTableFields)

const recordPageFields = {
  /** In rising order of their bytes. */
  owners: list(ownerRecordsCodec(asciiText({ maxBytes: 253 })), {
    minItems: 1,
    maxItems: recordTableLimits.ownersPerPage,
  }),
}

/** The owners whose hash begins with the bits of the page's index. */
export type RecordPage = Values<typeof recordPageFields>
const anyRecordPage: EntryType<RecordPage> = entryType('recordPage', recordPageFields)
export const recordPageEntry: EntryType<RecordPage> = {
  kind: anyRecordPage.kind,
  codec: limited(anyRecordPage.codec, recordTableLimits.pageBytes),
}

/** Length of the entry that a page would have, also of one that is too long. Throws CodecError when its parts are. */
export function recordPageBytes(page: RecordPage): number {
  return anyRecordPage.codec.encode(page).length
}

const recordRemovalsFields = { head: uint53, tail: uint53 }
/** The queue of generations that nobody needs any more. Absent until the first. */
export type RecordRemovals = Values<typeof recordRemovalsFields>
export const recordRemovalsEntry: EntryType<RecordRemovals> = entryType('recordRemovals', recordRemovalsFields)

const recordRemovalFields = {
  name: nameCodec,
  generation: uint53,
  bits,
  /** Pages below this index are removed. */
  next: uint53,
}
/** A place in it. */
export type RecordRemoval = Values<typeof recordRemovalFields>
export const recordRemovalEntry: EntryType<RecordRemoval> = entryType('recordRemoval', recordRemovalFields)
