import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { dirname, join, relative, resolve, sep } from 'node:path'
import type { MasterFile } from '@cresset/dns-wire'

/** What tells that a file changed. */
export interface FileStamp {
  readonly path: string
  readonly stamp: string
  /** SHA-256 of its bytes, in hex: a file may be another one with the same content. */
  readonly digest: string
}

/** A file that cannot be read at all; one line. */
export class ZoneFileError extends Error {}

/** A master file, and what reads those that it includes. */
export interface OpenedMasterFile {
  readonly main: MasterFile
  /** For `readMasterFile`: a file of the main one's folder; a text says why it is not read. */
  readonly include: (path: string) => MasterFile | string
  /** All that was read so far. */
  readonly files: readonly FileStamp[]
}

/** JavaScript holds no longer text. */
const MAX_FILE_BYTES = 512 * 2 ** 20 - 2 ** 20
/** Files that include one another tenfold would be a hundred million. */
const MAX_FILES = 1_000

/** Reads a master file. @throws ZoneFileError */
export function openMasterFile(path: string): OpenedMasterFile {
  const files: FileStamp[] = []
  const main = readWhole(path, path, files)
  const include = (included: string): MasterFile | string => {
    try {
      return readIncluded(path, included, files)
    } catch (error) {
      if (error instanceof ZoneFileError) return error.message
      throw error
    }
  }
  return { main, include, files }
}

/** True when a file that was read is another one now, or gone. */
export function isChanged(files: readonly FileStamp[]): boolean {
  return files.some(({ path, stamp }) => {
    try {
      return withFile(path, path, stampOf) !== stamp
    } catch {
      return true
    }
  })
}

/** The files as they are now, when all have the content that they had; undefined when one has another, or is gone. */
export function sameContent(files: readonly FileStamp[]): FileStamp[] | undefined {
  const now: FileStamp[] = []
  for (const { path, digest } of files) {
    const file = stampFile(path)
    if (file?.digest !== digest) return undefined
    now.push(file)
  }
  return now
}

/** A file as it is now; undefined when it cannot be read. */
export function stampFile(path: string): FileStamp | undefined {
  try {
    return withFile(path, path, (descriptor) => {
      const stamp = stampOf(descriptor)
      return { path, stamp, digest: digestOf(readFileSync(descriptor)) }
    })
  } catch (error) {
    if (error instanceof ZoneFileError) return undefined
    throw error
  }
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

function readIncluded(main: string, path: string, files: FileStamp[]): MasterFile {
  if (files.length >= MAX_FILES) throw new ZoneFileError(`more than ${MAX_FILES} files are included`)
  const folder = dirname(main)
  // What was found to be inside is what is opened: a link that is put in its place meanwhile is not followed.
  const place = realPath(resolve(folder, path), path)
  const where = relative(realpathSync(folder), place)
  // A zone's file may come from somebody who must not read the rest of the machine through it.
  if (where === '..' || where.startsWith(`..${sep}`))
    throw new ZoneFileError(`${path} is outside the folder of the zone's file`)
  return readWhole(place, join(folder, path), files, constants.O_NOFOLLOW)
}

function realPath(place: string, shown: string): string {
  try {
    return realpathSync(place)
  } catch (error) {
    throw new ZoneFileError(`cannot read ${shown}: ${reasonOf(error)}`, { cause: error })
  }
}

function readWhole(path: string, name: string, files: FileStamp[], flags = 0): MasterFile {
  const read = (descriptor: number, shown: string): MasterFile => {
    const { size } = fstatSync(descriptor)
    if (size > MAX_FILE_BYTES) throw new ZoneFileError(`${shown} has more than ${MAX_FILE_BYTES} bytes`)
    const stamp = stampOf(descriptor)
    const bytes = readFileSync(descriptor)
    files.push({ path, stamp, digest: digestOf(bytes) })
    return { name, text: bytes.toString('latin1') }
  }
  return withFile(path, name, read, flags)
}

function stampOf(descriptor: number): string {
  const { dev, ino, size, mtimeNs } = fstatSync(descriptor, { bigint: true })
  return [dev, ino, size, mtimeNs].join(' ')
}

function withFile<T>(path: string, name: string, use: (descriptor: number, name: string) => T, flags = 0): T {
  let descriptor: number | undefined
  try {
    // Not to wait for the writer of a pipe that somebody put in the file's place.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | flags)
    if (!fstatSync(descriptor).isFile()) throw new ZoneFileError(`${name} is not a file`)
    return use(descriptor, name)
  } catch (error) {
    if (error instanceof ZoneFileError) throw error
    throw new ZoneFileError(`cannot read ${name}: ${reasonOf(error)}`, { cause: error })
  } finally {
    if (descriptor !== undefined) closeSync(descriptor)
  }
}

function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EACCES') return 'this user may not'
  return code ?? message
}
