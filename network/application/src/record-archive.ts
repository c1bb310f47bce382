import { encodedRecordHash, predecessorOf } from '@cresset/core-ledger'
import { type KeyValueStore, layout, storedKey, type Write } from '@cresset/network-storage'

/*
 * Older records of names and hosts, each under its hash. The state holds only the newest, which names its predecessor, so what is
 * found here proves itself.
 */

/** Keeps what a block replaced. */
export function archiveWrites(records: readonly Uint8Array[]): Write[] {
  const writes = new Map<string, Write>()
  for (const value of records) {
    const key = storedKey(layout.replacedRecords, encodedRecordHash(value))
    writes.set(Buffer.from(key).toString('latin1'), { key, value })
  }
  return [...writes.values()]
}

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
