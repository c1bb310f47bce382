import { closeSync, constants, fstatSync, openSync, readFileSync, realpathSync } from 'node:fs'
import { basename, dirname, join, relative, resolve, sep } from 'node:path'
import {
  lowerCaseName,
  type MasterFile,
  parseAbsoluteName,
  RecordType,
  ROOT_NAME,
  readMasterFile,
  WireError,
} from '@cresset/dns-wire'
import { soaSerial } from '../records.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { Slice } from './slice.ts'
import { ZoneBuilder, type ZoneRemark } from './zone-builder.ts'

/** What tells that a file changed. */
export interface FileStamp {
  readonly path: string
  readonly stamp: string
}

export interface ZoneFileResult {
  readonly apex: Uint8Array
  /** Absent when there is an error. */
  readonly zone: MemoryZone | undefined
  readonly records: number
  /** Of the SOA; 0 without one. */
  readonly serial: number
  /** RDATA of the DS records for the zone above, of a zone that is signed here. */
  readonly signers?: readonly Uint8Array[]
  /** The file and those that it includes, as they were when they were read. */
  readonly files: readonly FileStamp[]
  /** The first `MAX_REMARKS` errors, and as many warnings. */
  readonly remarks: readonly ZoneRemark[]
  readonly errors: number
  readonly warnings: number
}

/** A file that cannot be read at all; one line. */
export class ZoneFileError extends Error {}

/** JavaScript holds no longer text. */
const MAX_FILE_BYTES = 512 * 2 ** 20 - 2 ** 20
const MAX_REMARKS = 100
/** Files that include one another tenfold would be a hundred million. */
const MAX_FILES = 1_000

/**
 * Reads a master file and all that it includes from its folder. `apex` is the zone's lower-case name; without it the owner of the
 * first SOA is taken, and the file's own name completes names before the first $ORIGIN.
 * @throws ZoneFileError
 */
export async function loadZoneFile(path: string, apex?: Uint8Array): Promise<ZoneFileResult> {
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
  const own = apex ?? apexOf(main, include)
  const builder = new ZoneBuilder(own)
  const remarks = new Remarks()
  const slice = new Slice()
  for (const item of readMasterFile(main, { origin: own, include })) {
    if (slice.isOver()) await slice.next()
    const { file, line } = item
    if (item.kind === 'problem') remarks.add({ severity: 'error', file, line, message: item.message })
    else remarks.add(builder.add(item))
  }
  for (const remark of builder.remarks()) {
    if (slice.isOver()) await slice.next()
    remarks.add(remark)
  }
  const { zone } = builder
  const soa = zone.rrset(zone.apexOwner, RecordType.SOA)
  return {
    apex: own,
    zone: remarks.errors === 0 ? zone : undefined,
    records: builder.records,
    serial: soa === undefined ? 0 : soaSerial(soa),
    files,
    ...remarks.result,
  }
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

class Remarks {
  readonly #remarks: ZoneRemark[] = []
  errors = 0
  warnings = 0

  add(remark: ZoneRemark | undefined): void {
    if (remark === undefined) return
    const isError = remark.severity === 'error'
    const count = isError ? ++this.errors : ++this.warnings
    if (count <= MAX_REMARKS) this.#remarks.push(remark)
  }

  get result() {
    return { remarks: this.#remarks, errors: this.errors, warnings: this.warnings }
  }
}

function apexOf(main: MasterFile, include: (path: string) => MasterFile | string): Uint8Array {
  const origin = originOfFileName(main.name)
  for (const item of readMasterFile(main, { origin, include }))
    if (item.kind === 'record' && item.type === RecordType.SOA) return item.owner
  throw new ZoneFileError(`${main.name} has no SOA that can be read; name the zone with --zone`)
}

/** `db.example.org`, `example.org.zone` and `example.org` are usual for example.org. */
function originOfFileName(path: string): Uint8Array {
  const text = basename(path)
    .replace(/^db\./, '')
    .replace(/\.(zone|db|txt|signed|hosts)$/g, '')
  try {
    return lowerCaseName(parseAbsoluteName(text))
  } catch (error) {
    if (error instanceof WireError) return ROOT_NAME
    throw error
  }
}

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
    files.push({ path, stamp: stampOf(descriptor) })
    return { name, text: readFileSync(descriptor, 'latin1') }
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
