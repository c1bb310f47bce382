import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StoreError } from './store-error.ts'
import { syncFolder } from './sync-folder.ts'
import { checkedCopy, FILE_HEADER, frameOf, readFrames } from './vote-frame.ts'

/** An append-only file of a validator's votes. What `append` acknowledged survives a power cut. */
export interface VoteRecord {
  /** All records found at opening and appended since, oldest first. */
  read(): readonly Uint8Array[]
  /** Resolves when the record is durable. Calls are in order. Rejects with StoreError, and so do all calls after. */
  append(record: Uint8Array): Promise<void>
  /** Replaces everything by these records, at once; resolves when durable. */
  compact(records: readonly Uint8Array[]): Promise<void>
  close(): Promise<void>
}

/** Zeros are written this far ahead, so that an append changes no length and the disk flushes data only. */
const AHEAD_BYTES = 256 << 10

/**
 * Opens or creates a vote file. A last record that a power cut left incomplete was never acknowledged and is cut off.
 * Rejects with StoreError.
 */
export async function openVoteFile(path: string): Promise<VoteRecord> {
  let found: Uint8Array | undefined
  try {
    found = await readFile(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw failureOf(error, path)
  }
  if (found === undefined) return await VoteFile.create(path, [])
  if (!Buffer.from(found.subarray(0, FILE_HEADER.length)).equals(FILE_HEADER)) {
    throw new StoreError('damaged', `${path} is not a vote file; a validator without its votes must be started as new`)
  }
  const { records, end } = readFrames(found)
  const isClean = found.subarray(end).every((byte) => byte === 0)
  // Rewritten whole instead of cut in place: a cut that is itself interrupted would leave a third kind of file.
  if (!isClean) return await VoteFile.create(path, records)
  try {
    return new VoteFile(path, await open(path, 'r+'), records, end, found.length)
  } catch (error) {
    throw failureOf(error, path)
  }
}

interface Waiting {
  readonly record: Uint8Array
  resolve(): void
  reject(error: unknown): void
}

class VoteFile implements VoteRecord {
  readonly #path: string
  #file: FileHandle
  #records: Uint8Array[]
  /** Where the next frame goes, and how far the file is written ahead. */
  #end: number
  #length: number
  /** Appends that will share a flush; undefined when the next one begins a group. */
  #group: Waiting[] | undefined
  #work: Promise<void> = Promise.resolve()
  #failure: StoreError | undefined

  constructor(path: string, file: FileHandle, records: Uint8Array[], end: number, length: number) {
    this.#path = path
    this.#file = file
    this.#records = records
    this.#end = end
    this.#length = length
  }

  /** A file with these records takes the place of the one at `path`, if any. */
  static async create(path: string, records: readonly Uint8Array[]): Promise<VoteFile> {
    try {
      const { file, end, length } = await writeWhole(path, records)
      return new VoteFile(path, file, [...records], end, length)
    } catch (error) {
      throw failureOf(error, path)
    }
  }

  read(): readonly Uint8Array[] {
    return [...this.#records]
  }

  async append(record: Uint8Array): Promise<void> {
    const copy = checkedCopy(record)
    await new Promise<void>((resolve, reject) => {
      const waiting = { record: copy, resolve, reject }
      // What arrives during a flush shares the next one.
      if (this.#group !== undefined) {
        this.#group.push(waiting)
        return
      }
      const group = [waiting]
      this.#group = group
      this.#enqueue(() => this.#writeGroup(group)).then(
        () => {
          for (const member of group) member.resolve()
        },
        (error) => {
          if (this.#group === group) this.#group = undefined
          for (const member of group) member.reject(error)
        },
      )
    })
  }

  async compact(records: readonly Uint8Array[]): Promise<void> {
    const copies = records.map(checkedCopy)
    // Appends from here on come after; those before are durable until the new file replaces them.
    this.#group = undefined
    await this.#enqueue(async () => {
      const { file, end, length } = await writeWhole(this.#path, copies)
      const previous = this.#file
      this.#file = file
      this.#end = end
      this.#length = length
      this.#records = copies
      await previous.close()
    })
  }

  async close(): Promise<void> {
    await this.#work
    if (this.#failure?.cause === undefined && this.#failure !== undefined) return
    this.#failure = new StoreError('closed', `${this.#path}: the vote file is closed`)
    await this.#file.close()
  }

  /** Runs one piece of work after the other; the first that fails is the last that runs. */
  #enqueue(run: () => Promise<void>): Promise<void> {
    const done = this.#work.then(async () => {
      if (this.#failure !== undefined) throw this.#failure
      try {
        await run()
      } catch (error) {
        // What is on the disk is uncertain from here on; only opening the file again can tell.
        this.#failure = failureOf(error, this.#path)
        throw this.#failure
      }
    })
    this.#work = done.catch(() => undefined)
    return done
  }

  async #writeGroup(group: readonly Waiting[]): Promise<void> {
    if (this.#group === group) this.#group = undefined
    let end = this.#end
    const frames = group.map(({ record }) => {
      const frame = frameOf(record, end)
      end += frame.length
      return frame
    })
    if (end > this.#length) await this.#extend(end)
    await writeAll(this.#file, Buffer.concat(frames), this.#end)
    await this.#file.datasync()
    this.#end = end
    for (const { record } of group) this.#records.push(record)
  }

  async #extend(needed: number): Promise<void> {
    const length = needed + AHEAD_BYTES
    await writeAll(this.#file, new Uint8Array(length - this.#length), this.#length)
    this.#length = length
  }
}

/** Writes a complete file beside `path`, makes it durable and puts it in its place. */
async function writeWhole(
  path: string,
  records: readonly Uint8Array[],
): Promise<{ file: FileHandle; end: number; length: number }> {
  let end = FILE_HEADER.length
  const parts = [FILE_HEADER]
  for (const record of records) {
    const frame = frameOf(record, end)
    parts.push(frame)
    end += frame.length
  }
  parts.push(new Uint8Array(AHEAD_BYTES))
  const whole = Buffer.concat(parts)
  const temporary = `${path}.new`
  const file = await open(temporary, 'w+', 0o600)
  try {
    await writeAll(file, whole, 0)
    await file.sync()
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (error) {
    await file.close()
    throw error
  }
  return { file, end, length: whole.length }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const step = await file.write(bytes, written, bytes.length - written, position + written)
    written += step.bytesWritten
  }
}

function failureOf(error: unknown, path: string): StoreError {
  if (error instanceof StoreError) return error
  const { code, message } = error as NodeJS.ErrnoException
  const cause = { cause: error }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StoreError(
      'full',
      `${path}: no space left on the device; the vote was not recorded, free some space`,
      cause,
    )
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS' || code === 'ENOENT') {
    return new StoreError('refused', `${path}: ${message}`, cause)
  }
  return new StoreError('damaged', `${path}: reading or writing votes failed (${message}); check the disk`, cause)
}
