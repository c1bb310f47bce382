import { concatBytes } from '@cresset/core-codec'
import { encodedRecordHash, predecessorOf } from '@cresset/core-ledger'
import { heightPart, type KeyValueStore, layout, storedKey, type Write } from '@cresset/network-storage'
import { type BytesKey, bytesKey } from './bytes-key.ts'

/*
 * Older records of names and hosts, each under its hash. The state holds only the newest, which names its predecessor, so what is
 * found here proves itself.
 */

const HASH_BYTES = 32

/** Keeps what a block replaced, and what to forget with the block. */
export function archiveWrites(height: number, records: readonly Uint8Array[]): Write[] {
  if (records.length === 0) return []
  const byHash = new Map<BytesKey, { readonly hash: Uint8Array; readonly value: Uint8Array }>()
  for (const value of records) {
    const hash = encodedRecordHash(value)
    byHash.set(bytesKey(hash), { hash, value })
  }
  const replaced = [...byHash.values()]
  return [
    ...replaced.map(({ hash, value }) => ({ key: storedKey(layout.replacedRecords, hash), value })),
    { key: replacedAtKey(height), value: concatBytes(...replaced.map(({ hash }) => hash)) },
  ]
}

/** Deletes of the records that a block replaced. */
export function forgetArchivedWrites(store: KeyValueStore, height: number): Write[] {
  const key = replacedAtKey(height)
  const hashes = store.get(key)
  if (hashes === undefined) return []
  const writes: Write[] = [{ key, value: undefined }]
  for (let at = 0; at < hashes.length; at += HASH_BYTES) {
    const record = storedKey(layout.replacedRecords, hashes.subarray(at, at + HASH_BYTES))
    writes.push({ key: record, value: undefined })
  }
  return writes
}

const replacedAtKey = (height: number): Uint8Array => storedKey(layout.replacedAt, heightPart(height))

/** The record of a hash, its predecessor, and so on, at most `limit`; shorter where one is not kept, as after a snapshot. */
export function archivedRecords(store: KeyValueStore, hash: Uint8Array, limit: number): Uint8Array[] {
  const records: Uint8Array[] = []
  let next: Uint8Array | undefined = hash
  while (next !== undefined && records.length < limit) {
    const record: Uint8Array | undefined = store.get(storedKey(layout.replacedRecords, next))
    if (record === undefined) break
    records.push(record)
    next = predecessorOf(record)
  }
  return records
}
