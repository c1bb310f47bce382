import { randomBytes } from 'node:crypto'
import { type FileHandle, open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { MemoryZone } from '../store/memory-zone.ts'
import { finishSliced, Slice } from '../zone-file/slice.ts'
import { FRAME_HEADER_BYTES, type JournalFrame, readFrames, SALT_BYTES, writeFrame } from './journal-frames.ts'
import { type StoredChange, type StoredState, writeStoredChange } from './stored-change.ts'
import type { ZoneDifference } from './zone-difference.ts'
import { FRAME, framesOf, type RestoredZone, ZoneRestoring } from './zone-frames.ts'

/** A zone that cannot be stored, or read back; one line. */
export class StoredZoneError extends Error {}

const MAGIC = Buffer.from('cresset zone journal 1\n')
const FIRST_FRAME = MAGIC.length + SALT_BYTES
/** Less than this is not worth writing a zone anew. */
const LEAST_REWRITE_BYTES = 2 ** 20

/**
 * One zone on disk: a version of it as it was served, signatures included, the differences that led there, and behind it each that
 * followed. A change is durable when `append` is fulfilled.
 */
export class StoredZone {
  readonly #path: string
  readonly #apex: Uint8Array
  #file: FileHandle | undefined
  #salt: Uint8Array = new Uint8Array()
  #frames = 0
  #end = 0
  #baseEnd = 0
  #broken: string | undefined

  private constructor(path: string, apex: Uint8Array) {
    this.#path = path
    this.#apex = apex
  }

  /**
   * Opens the file of a zone and reads what is there; nothing, when there is no such file. `remark` tells of a change at its end that was
   * being written when its writer ended: nobody was told that it was made. Throws `StoredZoneError` for a file that is damaged elsewhere.
   */
  static async open(
    path: string,
    apex: Uint8Array,
  ): Promise<{ stored: StoredZone; restored: RestoredZone | undefined; remark: string | undefined }> {
    const stored = new StoredZone(path, apex)
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw new StoredZoneError(`${path} cannot be read: ${error.code ?? error.message}`, { cause: error })
    })
    if (bytes === undefined) return { stored, restored: undefined, remark: undefined }
    // Slices of a Buffer would be views, and hold the whole file.
    const { restored, remark } = await stored.#restore(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length))
    return { stored, restored, remark }
  }

  async #restore(bytes: Uint8Array): Promise<{ restored: RestoredZone; remark: string | undefined }> {
    const damaged = (what: string): StoredZoneError =>
      new StoredZoneError(`${this.#path} is damaged: ${what}; bring it back from a backup, or move it away`)
    if (Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) !== 0 || bytes.length < FIRST_FRAME)
      throw damaged('it does not begin as a journal does')
    const salt = Uint8Array.from(bytes.subarray(MAGIC.length, FIRST_FRAME))
    const { frames, end, state } = await finishSliced(readFrames(bytes, FIRST_FRAME, salt))
    if (state === 'damaged') throw damaged(`what stands at byte ${end} is not what was written`)
    const reading = new ZoneRestoring(this.#apex)
    const slice = new Slice()
    let baseEnd = FIRST_FRAME
    for (const frame of frames) {
      if (slice.isOver()) await slice.next()
      if (!reading.take(frame)) throw damaged('its parts do not fit together')
      if (!reading.isComplete) baseEnd += FRAME_HEADER_BYTES + frame.payload.length
    }
    const restored = reading.result()
    // It gets its name when it is whole.
    if (restored === undefined) throw damaged('it holds no whole zone')
    this.#salt = salt
    this.#frames = frames.length
    this.#end = end
    this.#baseEnd = baseEnd
    const cut = bytes.length - end
    const remark =
      cut === 0 ? undefined : `${this.#path} ended within a change that nobody was told of; ${cut} bytes were cut off`
    await this.#guard('opened', async () => {
      this.#file = await open(this.#path, 'r+')
      if (cut > 0) await this.#cutTo(this.#file, end)
    })
    return { restored, remark }
  }

  /** False while there is too little for `isLong`. */
  get mayBeLong(): boolean {
    return this.isLong(0)
  }

  /** True when what follows the stored version is greater than the zone, so that it should be stored anew. */
  isLong(zoneBytes: number): boolean {
    return this.#end - this.#baseEnd > Math.max(zoneBytes, LEAST_REWRITE_BYTES)
  }

  /** Writes a change behind those that are there. Throws `StoredZoneError`; then it is not there. */
  async append(change: StoredChange): Promise<void> {
    await this.#write({ kind: FRAME.change, payload: writeStoredChange(change) })
  }

  /** Notes other things of the version that is there. Throws `StoredZoneError`. */
  async note(state: StoredState): Promise<void> {
    await this.#write({ kind: FRAME.newState, payload: Buffer.from(JSON.stringify(state)) })
  }

  async #write(frame: JournalFrame): Promise<void> {
    const file = this.#file
    if (this.#broken !== undefined) throw new StoredZoneError(this.#broken)
    if (file === undefined) throw new StoredZoneError(`${this.#path} is not there yet`)
    const bytes = writeFrame(this.#salt, this.#frames, frame)
    await this.#guard('written', async () => {
      const [own, there] = await Promise.all([file.stat(), stat(this.#path)])
      // Another file may stand in its place: what is written to one without a name is lost.
      if (own.size !== this.#end || own.ino !== there.ino || own.dev !== there.dev)
        throw new StoredZoneError(`${this.#path} was changed by another program`)
      try {
        await writeAll(file, bytes, this.#end)
        await file.datasync()
      } catch (error) {
        // What may be on the disk in part must not be taken for a change later.
        await this.#cutTo(file, this.#end).catch((second: Error) => {
          this.#broken = `${this.#path} is in an unknown state: ${second.message}; start the server again`
        })
        throw error
      }
    })
    this.#end += bytes.length
    this.#frames += 1
  }

  async #cutTo(file: FileHandle, end: number): Promise<void> {
    await file.truncate(end)
    await file.datasync()
  }

  /** Stores a version, and the differences that led to it, in the place of all that is there. Throws `StoredZoneError`; then that stays, or nothing is written any more. */
  async rewrite(zone: MemoryZone, history: readonly ZoneDifference[], state: StoredState): Promise<void> {
    const partial = `${this.#path}.partial`
    const salt = Uint8Array.from(randomBytes(SALT_BYTES))
    await this.#guard('written', async () => {
      const file = await open(partial, 'w', 0o600)
      try {
        let end = 0
        let frames = 0
        const write = async (bytes: Uint8Array): Promise<void> => {
          await writeAll(file, bytes, end)
          end += bytes.length
        }
        await write(Buffer.concat([MAGIC, salt]))
        for (const frame of framesOf(zone, history, state)) await write(writeFrame(salt, frames++, frame))
        await file.sync()
        await rename(partial, this.#path)
        await this.#file?.close().catch(() => undefined)
        this.#file = file
        this.#salt = salt
        this.#frames = frames
        this.#end = end
        this.#baseEnd = end
        this.#broken = undefined
      } catch (error) {
        await file.close().catch(() => undefined)
        await rm(partial, { force: true }).catch(() => undefined)
        throw error
      }
      try {
        await syncFolder(dirname(this.#path))
      } catch (error) {
        // Nobody knows which of the two has the name after a power failure.
        this.#broken = `${this.#path} is in an unknown state: ${(error as Error).message}; start the server again`
        throw error
      }
    })
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #guard(done: string, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      if (error instanceof StoredZoneError) throw error
      const { code, message } = error as NodeJS.ErrnoException
      throw new StoredZoneError(`${this.#path} cannot be ${done}: ${code ?? message}`, { cause: error })
    }
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; )
    done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
}

/** A name in a folder is durable when the folder is. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
