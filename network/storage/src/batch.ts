import { MAX_KEY_BYTES, MAX_STORED_VALUE_BYTES, type Write } from './store.ts'

/** Throws RangeError on what no store takes; returns what the batch counts for. */
export function checkBatch(batch: readonly Write[]): { puts: number; bytes: number } {
  let bytes = 0
  for (const { key, value } of batch) {
    checkKey(key)
    if (value === undefined) continue
    if (value.length > MAX_STORED_VALUE_BYTES) {
      throw new RangeError(`a value of ${value.length} bytes, the limit is ${MAX_STORED_VALUE_BYTES}`)
    }
    bytes += key.length + value.length
  }
  return { puts: batch.length, bytes }
}

export function checkKey(key: Uint8Array): void {
  if (key.length < 1 || key.length > MAX_KEY_BYTES) {
    throw new RangeError(`a key of ${key.length} bytes, allowed are 1 to ${MAX_KEY_BYTES}`)
  }
}
