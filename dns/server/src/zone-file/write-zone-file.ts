import { randomBytes } from 'node:crypto'
import { open, realpath, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Rrset, writeMasterFile } from '@cresset/dns-wire'
import type { MemoryZone } from '../store/memory-zone.ts'
import { type FileStamp, stampFile, ZoneFileError } from './open-master-file.ts'
import { Slice } from './slice.ts'

const WRITE_CHARACTERS = 2 ** 16
const DEFAULT_MODE = 0o644

/**
 * Writes the records of a zone to a master file, in the place of the one that is there: whoever reads it finds the one or the other. What
 * it said besides its records is gone. `check` throws when that one may not go; it is asked last of all. @throws ZoneFileError
 */
export async function writeZoneFile(path: string, zone: MemoryZone, check: () => void): Promise<FileStamp> {
  const rrsets: Rrset[] = []
  const slice = new Slice()
  for (const rrset of zone.rrsets()) {
    if (slice.isOver()) await slice.next()
    rrsets.push(rrset)
  }
  // A link stays one.
  const place = await realpath(path).catch(() => path)
  const partial = `${place}.${randomBytes(6).toString('hex')}`
  try {
    const mode = await stat(place).then(
      ({ mode: present }) => present & 0o777,
      () => DEFAULT_MODE,
    )
    const file = await open(partial, 'wx', mode)
    try {
      let text = ''
      for (const line of writeMasterFile(zone.apex, rrsets)) {
        text += `${line}\n`
        if (text.length < WRITE_CHARACTERS) continue
        await file.writeFile(text, 'latin1')
        text = ''
        if (slice.isOver()) await slice.next()
      }
      await file.writeFile(text, 'latin1')
      await file.sync()
    } finally {
      await file.close()
    }
    // Of the file before it has its name: an edit that comes right behind is another one.
    const stamp = stampFile(partial)
    if (stamp === undefined) throw new ZoneFileError(`${path} cannot be read again`)
    check()
    await rename(partial, place)
    const folder = await open(dirname(place), 'r')
    await folder.sync().finally(() => folder.close())
    return { ...stamp, path }
  } catch (error) {
    await rm(partial, { force: true }).catch(() => undefined)
    if (error instanceof ZoneFileError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    throw new ZoneFileError(`${path} cannot be written: ${code ?? message}`, { cause: error })
  }
}
