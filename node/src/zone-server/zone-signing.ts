import { generateKeyPairSync } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DnskeyFlags, isSerialAfter, type ZoneKey, type ZoneSigning, zoneKeyFromPem } from '@cresset/dns-server'
import { formatName } from '@cresset/dns-wire'
import { KeyFileError, makeFolder, readSecretFile, writeNewFile } from '@cresset/keys'
import { StartError } from '../start-error.ts'

const MAX_KEY_BYTES = 4_096

/**
 * Keys and serials of the zones that are signed here, in a folder: `<zone>.pem` is the private key (PKCS #8, mode 0600), made when it is
 * not there; `<zone>.serial` the last serial that was served, since each signing needs a greater one, also after a restart.
 */
export class ZoneSigningFolder implements ZoneSigning {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /** One key for all, which the DS at the zone above names. @throws StartError */
  async keysOf(apex: Uint8Array): Promise<readonly ZoneKey[]> {
    const path = this.#path(apex, 'pem')
    try {
      await makeFolder(this.#folder)
      return [zoneKeyFromPem(await this.#readOrMake(path), DnskeyFlags.entryPoint)]
    } catch (error) {
      if (error instanceof RangeError || !(error instanceof Error)) throw asStart(path, error)
      throw error instanceof KeyFileError ? asStart(path, error) : asStart(path, new Error('it holds no private key'))
    }
  }

  async serialFor(apex: Uint8Array, fileSerial: number): Promise<number> {
    const path = this.#path(apex, 'serial')
    const text = await readFile(path, 'latin1').catch(() => '')
    const last = /^[0-9]{1,10}\n$/.test(text) ? Number(text) : undefined
    const serial = last === undefined || isSerialAfter(fileSerial, last) ? fileSerial : (last + 1) >>> 0
    const partial = `${path}.partial`
    try {
      await writeFile(partial, `${serial}\n`, { mode: 0o644, flush: true })
      await rename(partial, path)
    } catch (error) {
      await rm(partial, { force: true }).catch(() => undefined)
      throw asStart(path, error)
    }
    return serial
  }

  async #readOrMake(path: string): Promise<string> {
    try {
      return Buffer.from(await readSecretFile(path, { maxBytes: MAX_KEY_BYTES })).toString()
    } catch (error) {
      if (!(error instanceof KeyFileError) || error.code !== 'not-found') throw error
    }
    const { privateKey } = generateKeyPairSync('ed25519')
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString()
    await writeNewFile(path, pem)
    return pem
  }

  #path(apex: Uint8Array, kind: string): string {
    const name = formatName(apex)
    // A zone's name may hold any byte; in a file's name only these.
    const safe =
      name === '.'
        ? 'root'
        : name.slice(0, -1).replace(/[^a-z0-9._-]/g, (byte) => `%${byte.charCodeAt(0).toString(16)}`)
    return join(this.#folder, `${safe}.${kind}`)
  }
}

function asStart(path: string, error: unknown): StartError {
  const message = error instanceof Error ? error.message : String(error)
  return new StartError('configuration', message.includes(path) ? message : `${path}: ${message}`, { cause: error })
}
