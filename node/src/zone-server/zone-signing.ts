import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  type Delegation,
  type Denial,
  isSerialAfter,
  type ServedTtls,
  type SigningKeys,
  ZoneFileError,
  type ZoneKey,
  type ZoneSigning,
} from '@cresset/dns-server'
import { equalNames } from '@cresset/dns-wire'
import { DEFAULT_KEY_TIMING, type KeyTiming } from './keys/key-life.ts'
import { replaceFile } from './keys/replace-file.ts'
import { zoneFileName } from './keys/zone-file-name.ts'
import { type ZoneKeyAlgorithm, ZoneKeyFolder } from './keys/zone-key-folder.ts'

export interface ZoneSigningOptions {
  /** Of a key that is made because there is none. Default Ed25519. */
  readonly algorithm?: ZoneKeyAlgorithm | undefined
  /** How all these zones prove absence. Default: by a chain. */
  readonly denial?: Denial | undefined
  /** What `KeyTiming` says, where it is not the usual. */
  readonly propagationSeconds?: number | undefined
  readonly dsTtlSeconds?: number | undefined
  /** Whether zones tell the zone above by CDS and CDNSKEY which DS they want. */
  readonly hasDelegationRecords?: boolean | undefined
  /** Zones that want no DS any more (RFC 8078 section 4), by their lower-case wire names. */
  readonly withoutDelegation?: readonly Uint8Array[] | undefined
  /** Whether those records also stand below the names of the servers (RFC 9615). */
  readonly hasSignals?: boolean | undefined
  readonly nowMs?: (() => number) | undefined
}

/** Keys (`ZoneKeyFolder`) and serials of the zones that are signed here, in a folder: `<zone>.serial` is the last serial that was served, since each signing needs a greater one, also after a restart. */
export class ZoneSigningFolder implements ZoneSigning {
  readonly #folder: string
  readonly #options: ZoneSigningOptions
  readonly keys: ZoneKeyFolder

  constructor(folder: string, options: ZoneSigningOptions = {}) {
    const { algorithm = 'ed25519', propagationSeconds, dsTtlSeconds, nowMs = Date.now } = options
    const timing: KeyTiming = {
      propagationSeconds: propagationSeconds ?? DEFAULT_KEY_TIMING.propagationSeconds,
      dsTtlSeconds: dsTtlSeconds ?? DEFAULT_KEY_TIMING.dsTtlSeconds,
    }
    this.#folder = folder
    this.#options = options
    this.keys = new ZoneKeyFolder({ folder, algorithm, timing, nowMs })
  }

  get hasSignals(): boolean {
    return this.#options.hasSignals === true
  }

  denialOf(): Denial {
    return this.#options.denial ?? 'chain'
  }

  /** One key for all, which the DS at the zone above names; while it is replaced, both. @throws ZoneFileError */
  async keysOf(apex: Uint8Array): Promise<SigningKeys> {
    const { keys, passing = [] } = await this.keys.keysOf(apex)
    return { keys, passing, delegation: this.#delegation(apex, keys) }
  }

  /** The key that signs all is the one to name: by then every resolver knows it. */
  #delegation(apex: Uint8Array, keys: readonly ZoneKey[]): Delegation | undefined {
    const { hasDelegationRecords = false, withoutDelegation = [] } = this.#options
    if (withoutDelegation.some((other) => equalNames(other, apex))) return 'none'
    return hasDelegationRecords ? keys.map(({ dnskey }) => dnskey) : undefined
  }

  /** @throws ZoneFileError */
  served(apex: Uint8Array, keys: SigningKeys, ttls: ServedTtls, serial: number): Promise<void> {
    return this.keys.served(apex, keys, ttls, serial)
  }

  /** @throws ZoneFileError */
  async serialFor(apex: Uint8Array, fileSerial: number): Promise<number> {
    const path = this.#path(apex, 'serial')
    const last = await lastSerial(path)
    const serial = last === undefined || isSerialAfter(fileSerial, last) ? fileSerial : (last + 1) >>> 0
    await replaceFile(path, `${serial}\n`, 0o644).catch((error: NodeJS.ErrnoException) => {
      throw new ZoneFileError(`${path}: the serial cannot be kept: ${error.code ?? error.message}`, { cause: error })
    })
    return serial
  }

  #path(apex: Uint8Array, kind: string): string {
    return join(this.#folder, `${zoneFileName(apex)}.${kind}`)
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
