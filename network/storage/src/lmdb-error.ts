import { StoreError } from './store-error.ts'

/** Result codes of LMDB (lmdb.h) that have a meaning of their own here. */
const MDB_MAP_FULL = -30792
const DAMAGE = new Set([
  -30797, // MDB_PAGE_NOTFOUND
  -30796, // MDB_CORRUPTED
  -30795, // MDB_PANIC
  -30794, // MDB_VERSION_MISMATCH
  -30793, // MDB_INVALID
  -30779, // MDB_PROBLEM
])

const NO_SPACE = new Set([28, 122, 27]) // ENOSPC, EDQUOT, EFBIG

/** Any failure of opening, reading or writing as the StoreError that it means. */
export function storeErrorOf(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error
  const { code, message } = error as { code?: number | string; message?: string }
  const text = (message ?? String(error)).split('\n')[0] as string
  const cause = { cause: error }
  if (
    code === 'ENOSPC' ||
    code === 'EDQUOT' ||
    NO_SPACE.has(code as number) ||
    /no space left|quota exceeded/i.test(text)
  ) {
    return new StoreError(
      'full',
      `${path}: no space left on the device; the block was not written, free some space`,
      cause,
    )
  }
  if (code === MDB_MAP_FULL || /MDB_MAP_FULL/.test(text)) {
    return new StoreError('full', `${path}: the map cannot grow any further; the block was not written`, cause)
  }
  if (
    code === 'EACCES' ||
    code === 'EPERM' ||
    code === 'EROFS' ||
    code === 'ENOTDIR' ||
    code === 13 ||
    code === 1 ||
    code === 30
  ) {
    return new StoreError('refused', `${path}: ${text}`, cause)
  }
  const advice = 'restore the folder from a copy, or remove it and let the node catch up'
  if (DAMAGE.has(code as number)) return new StoreError('damaged', `${path} is damaged (${text}); ${advice}`, cause)
  return new StoreError('damaged', `${path}: reading or writing failed (${text}); check the disk, ${advice}`, cause)
}
