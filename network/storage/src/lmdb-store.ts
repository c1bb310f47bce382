import { mkdir } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { compareBytes } from '@cresset/core-codec'
import { type Database, open, type RootDatabase } from 'lmdb'
import { checkBatch, checkKey } from './batch.ts'
import { BytePool } from './byte-pool.ts'
import { databaseOf, databaseStarts } from './databases.ts'
import { type FolderLock, lockFolder } from './folder-lock.ts'
import { checkRoom, storeErrorOf } from './lmdb-error.ts'
import { checkDataFile, DATA_FILE, FORMAT_KEY, FORMAT_VALUE, reserveLockFile } from './lmdb-file.ts'
import type { RangeOptions, Store, StoreStatistics, Write } from './store.ts'
import { StoreError } from './store-error.ts'
import { syncFolder } from './sync-folder.ts'

export interface LmdbStoreOptions {
  /** Folder that holds the store and nothing else; made when absent. */
  path: string
  /** Address space to begin with, in bytes; grows with the data. Default 16 GiB. No memory or disk is taken by it. */
  mapBytes?: number
}

type Bytes = Database<Uint8Array, Uint8Array>

/** Settings of LMDB that decide what a crash leaves behind. Only tests of durability set them: to be found out. */
export interface LmdbHazards {
  /** Skips the flush of pages and meta page. */
  noSync?: boolean
  /** Skips the flush of the meta page. */
  noMetaSync?: boolean
}

/**
 * Opens or creates the store. One process at a time has it open.
 * Rejects with StoreError `locked`, `damaged`, `unknown-format`, `refused` or `full`.
 */
export async function openLmdbStore(options: LmdbStoreOptions): Promise<Store> {
  return await openLmdbStoreWith(options, {})
}

/** For tests of durability; not exported by the package. */
export async function openLmdbStoreWith(
  { path, mapBytes = 16 * 2 ** 30 }: LmdbStoreOptions,
  hazards: LmdbHazards,
): Promise<Store> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    throw storeErrorOf(error, path)
  }
  const lock = await lockFolder(path)
  let root: RootDatabase<Uint8Array, Uint8Array> | undefined
  try {
    reserveLockFile(path)
    const isWhole = checkDataFile(path)
    root = open<Uint8Array, Uint8Array>({ ...lmdbOptions(path, mapBytes), ...hazards })
    const databases = databaseStarts.map(({ name }) => (root as RootDatabase).openDB(name, binary) as Bytes)
    const store = new LmdbStore(path, root, databases, lock)
    await store.begin(isWhole)
    // A new file is found after a power cut only when its folder was flushed, and the folder in its own.
    await syncFolder(path)
    await syncFolder(dirname(resolve(path)))
    return store
  } catch (error) {
    await root?.close().catch(() => undefined)
    await lock.release()
    throw storeErrorOf(error, join(path, DATA_FILE))
  }
}

function lmdbOptions(path: string, mapBytes: number) {
  return {
    ...binary,
    path,
    noSubdir: false,
    mapSize: mapBytes,
    maxDbs: databaseStarts.length + 1,
    // With it, LMDB opens transactions by itself, whose failure is a rejected promise that nobody holds.
    eventTurnBatching: false,
    // A commit then returns only after LMDB's own order of events: pages, fdatasync, meta page written through. With
    // overlapping synchronisation the file is not the committed one until a second, later flush, a failed flush leaves
    // `flushed` unresolved for ever, and it measured no faster for one block at a time.
    overlappingSync: false,
    // Without effect while the line above stands; beside the other value an unflushed image would reopen damaged.
    safeRestore: true,
  }
}

const binary = { keyEncoding: 'binary', encoding: 'binary', cache: false } as const

class LmdbStore implements Store {
  readonly #path: string
  readonly #root: RootDatabase<Uint8Array, Uint8Array>
  readonly #databases: readonly Bytes[]
  readonly #lock: FolderLock
  readonly #pool = new BytePool(POOL_CHUNK_BYTES)
  #statistics: StoreStatistics = { flushes: 0, puts: 0, bytes: 0 }
  /** Settles when the last batch has; never rejects. */
  #tail: Promise<unknown> = Promise.resolve()
  #closed: StoreError | undefined

  constructor(path: string, root: RootDatabase<Uint8Array, Uint8Array>, databases: readonly Bytes[], lock: FolderLock) {
    this.#path = path
    this.#root = root
    this.#databases = databases
    this.#lock = lock
  }

  /** Checks what the file says of itself, or writes it into a new one. */
  async begin(isWhole: boolean): Promise<void> {
    const format = this.get(FORMAT_KEY)
    if (format === undefined) {
      const isEmpty = this.#databases.every((database) => [...database.getKeys({ limit: 1 })].length === 0)
      if (!isEmpty) throw new StoreError('damaged', `${this.#path}: the store has entries but no format`)
      await this.write([{ key: FORMAT_KEY, value: FORMAT_VALUE }])
      this.#statistics = { flushes: 0, puts: 0, bytes: 0 }
    } else if (compareBytes(format, FORMAT_VALUE) !== 0) {
      throw new StoreError(
        'unknown-format',
        `${this.#path} has store format ${Buffer.from(format).toString()}, this release reads ${Buffer.from(FORMAT_VALUE).toString()}: use the release that wrote it`,
      )
    }
    if (!isWhole) for (const _ of this.range({ gte: Uint8Array.of(0), lt: EVERYTHING }));
  }

  get statistics(): StoreStatistics {
    return this.#statistics
  }

  get(key: Uint8Array): Uint8Array | undefined {
    this.#assertOpen()
    checkKey(key)
    const database = this.#databases[databaseOf(key)] as Bytes
    try {
      const shared = database.getBinaryFast(key)
      if (shared === undefined) return undefined
      // The library's own buffer, overwritten by the next read; its `length` is the value's.
      return shared.length <= MAX_POOLED_BYTES ? this.#pool.copy(shared, shared.length) : plain(database.getBinary(key))
    } catch (error) {
      throw this.#failed(error)
    }
  }

  *range({
    gte,
    lt,
    reverse = false,
    limit = Number.MAX_SAFE_INTEGER,
  }: RangeOptions): Generator<[Uint8Array, Uint8Array]> {
    this.#assertOpen()
    checkKey(gte)
    checkKey(lt)
    if (compareBytes(gte, lt) >= 0) return
    const bounds = reverse
      ? { start: lt, exclusiveStart: true, end: gte, inclusiveEnd: true, reverse }
      : { start: gte, end: lt }
    const first = databaseOf(gte)
    const last = databaseOf(lt)
    // One transaction for all databases, so that a batch committed meanwhile is seen nowhere.
    const transaction = this.#root.useReadTransaction()
    try {
      let left = limit
      for (let step = 0; step <= last - first && left > 0; step++) {
        const database = this.#databases[reverse ? last - step : first + step] as Bytes
        for (const { key, value } of database.getRange({ ...bounds, limit: left, transaction })) {
          yield [plain(key) as Uint8Array, plain(value) as Uint8Array]
          left--
        }
      }
    } catch (error) {
      throw this.#failed(error)
    } finally {
      transaction.done()
    }
  }

  write(batch: readonly Write[]): Promise<void> {
    this.#assertOpen()
    const counted = checkBatch(batch)
    // One transaction a batch: otherwise two calls in one turn would share their fate.
    const done = this.#tail.then(async () => {
      this.#assertOpen()
      await this.#commit(batch, counted.bytes)
      const { flushes, puts, bytes } = this.#statistics
      this.#statistics = { flushes: flushes + 1, puts: puts + counted.puts, bytes: bytes + counted.bytes }
    })
    this.#tail = done.catch(() => undefined)
    return done
  }

  async close(): Promise<void> {
    await this.#tail
    if (this.#closed?.code === 'closed' && this.#closed.cause === undefined) return
    this.#closed = new StoreError('closed', `${this.#path}: the store is closed`)
    await this.#root.close()
    await this.#lock.release()
  }

  async #commit(batch: readonly Write[], bytes: number): Promise<void> {
    if (batch.length === 0) return
    checkRoom(this.#path, bytes)
    // The library reads values by their address, which a short array of its own gets only by being moved, at a price.
    const values = new BytePool(VALUE_CHUNK_BYTES)
    try {
      await this.#root.batch(() => {
        for (const { key, value } of batch) {
          const database = this.#databases[databaseOf(key)] as Bytes
          if (value === undefined) void database.remove(key)
          else void database.put(key, value.length <= MAX_SHORT_BYTES ? values.copy(value, value.length) : value)
        }
      })
      await this.#root.flushed
      this.#root.resetReadTxn()
    } catch (error) {
      const cause = await causeOf(error)
      const failure = storeErrorOf(cause, this.#path)
      // A flush that failed once may succeed the second time without having written: nothing can be trusted any more.
      if (failure.code !== 'full')
        this.#closed = new StoreError('closed', `${failure.message}; restart the node`, { cause })
      throw failure
    }
  }

  #failed(error: unknown): unknown {
    return error instanceof StoreError || error instanceof RangeError ? error : storeErrorOf(error, this.#path)
  }

  #assertOpen(): void {
    if (this.#closed !== undefined) throw this.#closed
  }
}

/** Values read up to this length share arrays; whoever keeps one keeps at most a chunk. */
const MAX_POOLED_BYTES = 4 << 10
const POOL_CHUNK_BYTES = 32 << 10

/** V8 keeps arrays up to 64 bytes on its own heap. */
const MAX_SHORT_BYTES = 64
const VALUE_CHUNK_BYTES = 16 << 10

/** Every key is below. */
const EVERYTHING = new Uint8Array(64).fill(255)

/** A view without Buffer's methods, so that every store gives the same type. */
function plain(value: Uint8Array | undefined): Uint8Array | undefined {
  return value === undefined ? undefined : new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

/** A failed commit rejects with a promise of the reason, which would else become an unhandled rejection. */
async function causeOf(error: unknown): Promise<unknown> {
  const reason = error instanceof Error ? (error as Error & { commitError?: unknown }).commitError : undefined
  if (reason === undefined) return error
  try {
    await reason
    return error
  } catch (cause) {
    return cause
  }
}
