import { generateKeyPairSync } from 'node:crypto'
import { readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  DnskeyFlags,
  isSerialAfter,
  ZoneFileError,
  type ZoneKey,
  type ZoneSigning,
  zoneKeyFromPem,
} from '@cresset/dns-server'
import { formatName } from '@cresset/dns-wire'
import { KeyFileError, makeFolder, readSecretFile, writeNewFile } from '@cresset/keys'

const MAX_KEY_BYTES = 4_096

/** What a zone may be signed with, as `dnssec-keygen` names it. */
export type ZoneKeyAlgorithm = 'ed25519' | 'ecdsap256sha256'

/**
 * Keys and serials of the zones that are signed here, in a folder: `<zone>.pem` is the private key (PKCS #8, mode 0600), made when it is
 * not there, of the algorithm given here; `<zone>.serial` the last serial that was served, since each signing needs a greater one, also after a restart.
 */
export class ZoneSigningFolder implements ZoneSigning {
  readonly #folder: string
  readonly #algorithm: ZoneKeyAlgorithm

  constructor(folder: string, algorithm: ZoneKeyAlgorithm = 'ed25519') {
    this.#folder = folder
    this.#algorithm = algorithm
  }

  /** One key for all, which the DS at the zone above names. @throws ZoneFileError */
  async keysOf(apex: Uint8Array): Promise<readonly ZoneKey[]> {
    const path = this.#path(apex, 'pem')
    const pem = await this.#readOrMake(path).catch((error: unknown) => {
      throw error instanceof KeyFileError ? new ZoneFileError(error.message, { cause: error }) : error
    })
    try {
      return [zoneKeyFromPem(pem, DnskeyFlags.entryPoint)]
    } catch (error) {
      // What the parser says of the text could show the key.
      const problem = error instanceof RangeError ? error.message : 'it holds no private key in PEM (PKCS #8)'
      throw new ZoneFileError(`${path}: ${problem}`)
    }
  }

  /** @throws ZoneFileError */
  async serialFor(apex: Uint8Array, fileSerial: number): Promise<number> {
    const path = this.#path(apex, 'serial')
    const last = await lastSerial(path)
    const serial = last === undefined || isSerialAfter(fileSerial, last) ? fileSerial : (last + 1) >>> 0
    const partial = `${path}.partial`
    try {
      await writeFile(partial, `${serial}\n`, { mode: 0o644, flush: true })
      await rename(partial, path)
    } catch (error) {
      await rm(partial, { force: true }).catch(() => undefined)
      const { code, message } = error as NodeJS.ErrnoException
      throw new ZoneFileError(`${path}: the serial cannot be kept: ${code ?? message}`, { cause: error })
    }
    return serial
  }

  async #readOrMake(path: string): Promise<string> {
    await makeFolder(this.#folder)
    try {
      return Buffer.from(await readSecretFile(path, { maxBytes: MAX_KEY_BYTES })).toString()
    } catch (error) {
      if (!(error instanceof KeyFileError) || error.code !== 'not-found') throw error
    }
    const { privateKey } =
      this.#algorithm === 'ed25519'
        ? generateKeyPairSync('ed25519')
        : generateKeyPairSync('ec', { namedCurve: 'P-256' })
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

async function lastSerial(path: string): Promise<number | undefined> {
  let text: string
  try {
    text = await readFile(path, 'latin1')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') return undefined
    throw new ZoneFileError(`${path}: the last serial cannot be read: ${code ?? message}`, { cause: error })
  }
  const serial = /^(0|[1-9][0-9]{0,9})\n$/.test(text) ? Number(text) : Number.NaN
  // To begin again from a lower one would leave secondaries with the old zone for good.
  if (!(serial < 2 ** 32)) throw new ZoneFileError(`${path} holds no serial; write one that no secondary has seen yet`)
  return serial
}
