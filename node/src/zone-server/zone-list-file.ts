import { readFile, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { ZoneFileOptions } from '@cresset/dns-server'
import { lowerCaseName, parseAbsoluteName, WireError } from '@cresset/dns-wire'
import { StartError } from '../start-error.ts'

/** A hundred thousand zones with long names. */
const MAX_FILE_BYTES = 32 * 2 ** 20

/**
 * The zones of a file with one `NAME:FILE` a line. FILE is seen from the folder of the list; empty lines and those that begin with `#` say
 * nothing.
 * @throws StartError
 */
export async function readZoneListFile(path: string): Promise<ZoneFileOptions[]> {
  const zones: ZoneFileOptions[] = []
  for (const [index, line] of (await readList(path)).split('\n').entries()) {
    const text = line.trim()
    if (text === '' || text.startsWith('#')) continue
    const fail = (problem: string): never => {
      throw new StartError('configuration', `${path}:${index + 1}: ${problem}`)
    }
    const colon = text.indexOf(':')
    if (colon < 1 || colon === text.length - 1) fail('give NAME:FILE, such as example.org:example.org.zone')
    try {
      const apex = lowerCaseName(parseAbsoluteName(text.slice(0, colon)))
      zones.push({ apex, path: resolve(dirname(path), text.slice(colon + 1)) })
    } catch (error) {
      if (!(error instanceof WireError)) throw error
      fail(error.message)
    }
  }
  return zones
}

async function readList(path: string): Promise<string> {
  try {
    const status = await stat(path)
    if (!status.isFile()) throw new StartError('configuration', `${path} is not a file`)
    if (status.size > MAX_FILE_BYTES)
      throw new StartError('configuration', `${path} has more than ${MAX_FILE_BYTES} bytes`)
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof StartError) throw error
    const { code, message } = error as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : (code ?? message)
    throw new StartError('configuration', `cannot read ${path}: ${reason}`, { cause: error })
  }
}
