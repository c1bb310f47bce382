import { equalNames, formatName } from '@cresset/dns-wire'
import { ZoneStore } from '../store/zone-store.ts'
import type { ZoneSource } from '../zone-source.ts'
import { type FileStamp, isChanged, loadZoneFile, ZoneFileError, type ZoneFileResult } from './load-zone-file.ts'

export interface ZoneFileOptions {
  /** Lower-case wire name. */
  readonly apex: Uint8Array
  readonly path: string
}

/** What became of one zone when the files were read. */
export interface ZoneLoad {
  readonly apex: Uint8Array
  readonly path: string
  /** `kept`: it cannot be served as it is now, so the zone from before goes on, if there was one. */
  readonly outcome: 'loaded' | 'unchanged' | 'kept'
  /** Absent when no file had to be read, or none could. */
  readonly result?: ZoneFileResult
  /** One line, for `kept`. */
  readonly reason?: string
  /** True when the file changed and its serial did not rise, so that no secondary will ask for it (RFC 1982). */
  readonly hasStaleSerial?: boolean
}

/** Zones from master files, without a ledger. */
export class ZoneFiles {
  readonly #store = new ZoneStore()
  readonly #zones: readonly ZoneFileOptions[]
  readonly #stamps = new Map<ZoneFileOptions, { readonly files: readonly FileStamp[]; readonly serial: number }>()
  #generation = 0

  constructor(zones: readonly ZoneFileOptions[]) {
    for (const [index, { apex }] of zones.entries()) {
      if (zones.slice(0, index).some((other) => equalNames(other.apex, apex)))
        throw new ZoneFileError(`the zone ${formatName(apex)} is given twice`)
    }
    this.#zones = zones
  }

  get source(): ZoneSource {
    return this.#store
  }

  /** Reads all files that changed since they were read last, one after another; each zone changes from one query to the next. */
  async load(): Promise<ZoneLoad[]> {
    const loads: ZoneLoad[] = []
    for (const options of this.#zones) loads.push(await this.#loadOne(options))
    return loads
  }

  async #loadOne(options: ZoneFileOptions): Promise<ZoneLoad> {
    const { apex, path } = options
    const before = this.#stamps.get(options)
    if (before !== undefined && !isChanged(before.files)) return { apex, path, outcome: 'unchanged' }
    let result: ZoneFileResult
    try {
      result = await loadZoneFile(path, apex)
    } catch (error) {
      if (!(error instanceof ZoneFileError)) throw error
      return { apex, path, outcome: 'kept', reason: error.message }
    }
    const { zone, errors, serial, files } = result
    if (zone === undefined) {
      const first = result.remarks.find(({ severity }) => severity === 'error')
      const where = first?.line === undefined ? path : `${first.file}:${first.line}`
      const more = errors > 1 ? `; and ${errors - 1} more` : ''
      return { apex, path, outcome: 'kept', result, reason: `${where}: ${first?.message}${more}` }
    }
    this.#generation += 1
    this.#store.replace(zone, this.#generation)
    this.#stamps.set(options, { files, serial })
    const hasStaleSerial = before !== undefined && !isSerialAfter(serial, before.serial)
    return { apex, path, outcome: 'loaded', result, hasStaleSerial }
  }
}

/** RFC 1982 section 3.2. */
export function isSerialAfter(serial: number, other: number): boolean {
  const distance = (serial - other) >>> 0
  return distance !== 0 && distance < 2 ** 31
}
