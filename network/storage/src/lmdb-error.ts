import { statfsSync } from 'node:fs'
import { StoreError } from './store-error.ts'

/** Result codes of LMDB (lmdb.h) that have a meaning of their own here; positive ones are of the system. */
const MDB_MAP_FULL = -30792
const DAMAGE = new Set<unknown>([
  -30797, // MDB_PAGE_NOTFOUND
  -30796, // MDB_CORRUPTED
  -30795, // MDB_PANIC
  -30794, // MDB_VERSION_MISMATCH
  -30793, // MDB_INVALID
  -30779, // MDB_PROBLEM
])
const EIO = 5
const NO_SPACE = new Set<unknown>([28, 122, 27, 'ENOSPC', 'EDQUOT', 'EFBIG'])
const NOT_PERMITTED = new Set<unknown>([1, 13, 20, 30, 'EPERM', 'EACCES', 'ENOTDIR', 'EROFS'])

/** Less than this free is a full disk: copies of pages for a batch may need as much. */
const SCARCE_BYTES = 1 << 20

/**
 * Throws `full` when a batch of so many bytes may not find room. Asked before each batch, because a write that the device refuses whole
 * makes this LMDB format a message of more bytes than it took memory for, and the process may end in the middle of its next line.
 */
export function checkRoom(path: string, bytes: number): void {
  if (isScarce(path, SCARCE_BYTES + 2 * bytes)) throw full(path)
}

function full(path: string, options?: ErrorOptions): StoreError {
  return new StoreError('full', `${path}: no space left on the device; nothing was written, free some space`, options)
}

/** Any failure of opening, reading or writing as the StoreError that it means. */
export function storeErrorOf(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error
  const { code, message } = error as { code?: number | string; message?: string }
  const text = (message ?? String(error)).split('\n')[0] as string
  const cause = { cause: error }
  // LMDB reports a write that the device took only in part as an input/output error.
  if (NO_SPACE.has(code) || /no space left|quota exceeded/i.test(text) || (code === EIO && isScarce(path))) {
    return full(path, cause)
  }
  if (code === MDB_MAP_FULL) {
    return new StoreError('full', `${path}: the map cannot grow any further; nothing was written`, cause)
  }
  if (NOT_PERMITTED.has(code)) return new StoreError('refused', `${path}: ${text}`, cause)
  if (code === 'EEXIST') return new StoreError('refused', `${path} is not a folder: choose another path`, cause)
  const advice = 'restore the folder from a copy, or remove it and let the node catch up'
  if (DAMAGE.has(code)) return new StoreError('damaged', `${path} is damaged (${text}); ${advice}`, cause)
  return new StoreError('damaged', `${path}: reading or writing failed (${text}); check the disk, ${advice}`, cause)
}

function isScarce(path: string, bytes = SCARCE_BYTES): boolean {
  try {
    const { bavail, bsize } = statfsSync(path)
    return bavail * bsize < bytes
  } catch {
    return false
  }
}
