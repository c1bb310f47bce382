import { closeSync, fstatSync, ftruncateSync, openSync, readSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { utf8 } from '@cresset/core-codec'
import { layout, storedKey } from './layout.ts'
import { StoreError } from './store-error.ts'

export const DATA_FILE = 'data.mdb'

/** More than the table of 126 readers takes (64 bytes each). */
const LOCK_BYTES = 16 << 10

export const FORMAT_KEY: Uint8Array = storedKey(layout.meta, utf8('format'))
/** Changes with the layout, the list of databases, or the form of an entry. */
export const FORMAT_VALUE: Uint8Array = utf8('1')

/*
 * A meta page on 64-bit machines (MDB_meta in mdb.c), in the byte order of the machine: page header (24), magic (4),
 * version (4), address (8), map size (8), two databases (48 each, the first starts with the page size), last page (8).
 */
const MAGIC_AT = 24
const PAGE_SIZE_AT = MAGIC_AT + 24
const LAST_PAGE_AT = PAGE_SIZE_AT + 96
const META_BYTES = LAST_PAGE_AT + 8
const MAGIC = 0xbeefc0de

/**
 * Looks at the data file before LMDB maps it, because reading a mapped page beyond the end of the file kills the process.
 * A file shorter than its last page may only lack free pages; it is filled up with zeros, which LMDB recognises as damage
 * where a page was in use. Returns false when that was needed: then all of it must be read once.
 * Throws StoreError `damaged`.
 */
export function checkDataFile(folder: string): boolean {
  const path = join(folder, DATA_FILE)
  let file: number
  try {
    file = openSync(path, 'r+')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return true
    throw error
  }
  try {
    const { size } = fstatSync(file)
    // LMDB takes an empty file for a new one.
    if (size === 0) return true
    const needed = neededBytes(file, path)
    if (size >= needed) return true
    ftruncateSync(file, needed)
    return false
  } finally {
    closeSync(file)
  }
}

/**
 * Writes LMDB's table of readers ahead, in a folder that this process holds. LMDB maps it as a hole, and touching a hole
 * on a full disk would kill the process instead of failing.
 */
export function reserveLockFile(folder: string): void {
  const path = join(folder, 'lock.mdb')
  const found = statSync(path, { throwIfNoEntry: false })
  const isReserved = found !== undefined && found.size >= LOCK_BYTES && found.blocks * 512 >= LOCK_BYTES
  if (!isReserved) writeFileSync(path, new Uint8Array(LOCK_BYTES), { mode: 0o600 })
}

function neededBytes(file: number, path: string): number {
  const damaged = (what: string) =>
    new StoreError('damaged', `${path} ${what}; restore the folder from a copy, or remove it and let the node catch up`)
  const first = readMeta(file, 0)
  if (first === undefined) throw damaged('is not a store')
  const second = readMeta(file, first.pageBytes)
  if (second === undefined) throw damaged('lacks its second meta page')
  const pages = Math.max(first.lastPage, second.lastPage) + 1
  return pages * first.pageBytes
}

function readMeta(file: number, offset: number): { pageBytes: number; lastPage: number } | undefined {
  const page = Buffer.alloc(META_BYTES)
  if (readSync(file, page, 0, META_BYTES, offset) < META_BYTES) return undefined
  if (page.readUInt32LE(MAGIC_AT) !== MAGIC) return undefined
  const pageBytes = page.readUInt32LE(PAGE_SIZE_AT)
  const lastPage = Number(page.readBigUInt64LE(LAST_PAGE_AT))
  if (pageBytes < 256 || pageBytes > 65_536 || !Number.isSafeInteger(lastPage * pageBytes)) return undefined
  return { pageBytes, lastPage }
}
