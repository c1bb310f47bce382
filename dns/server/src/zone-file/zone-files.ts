import { equalNames, formatName, RecordType, type Rrset, writeUint32 } from '@cresset/dns-wire'
import { signZone } from '../sign/sign-zone.ts'
import { DnskeyFlags, dsRdata, type ZoneKey } from '../sign/zone-key.ts'
import { ZoneStore } from '../store/zone-store.ts'
import type { TransferSource } from '../transfer/transfers.ts'
import type { ZoneSource } from '../zone-source.ts'
import { type FileStamp, isChanged, loadZoneFile, ZoneFileError, type ZoneFileResult } from './load-zone-file.ts'
import { Slice } from './slice.ts'

export interface ZoneFileOptions {
  /** Lower-case wire name. */
  readonly apex: Uint8Array
  readonly path: string
}

/** How zones are signed that come unsigned. */
export interface ZoneSigning {
  /** The keys of a zone, by its lower-case wire name. */
  keysOf(apex: Uint8Array): Promise<readonly ZoneKey[]>
  /** The serial to serve: the file's, or a greater one. It rises with each call, since new signatures are a new zone to secondaries. */
  serialFor(apex: Uint8Array, fileSerial: number): Promise<number>
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
  readonly #files: readonly ZoneFileOptions[]
  readonly #stamps = new Map<ZoneFileOptions, { readonly files: readonly FileStamp[]; readonly serial: number }>()
  readonly #signing: ZoneSigning | undefined
  #generation = 0

  /** With `signing` all zones are signed here; a file that is signed already is refused then. */
  constructor(zones: readonly ZoneFileOptions[], signing?: ZoneSigning) {
    this.#signing = signing
    for (const [index, { apex }] of zones.entries()) {
      if (zones.slice(0, index).some((other) => equalNames(other.apex, apex)))
        throw new ZoneFileError(`the zone ${formatName(apex)} is given twice`)
    }
    this.#files = zones
  }

  get source(): ZoneSource {
    return this.#store
  }

  /** Zones as a whole: each is replaced by another one when its file changed, and does not change itself. */
  get zones(): TransferSource {
    return this.#store
  }

  /** Reads all files that changed since they were read last, one after another; each zone changes from one query to the next. */
  load(): Promise<ZoneLoad[]> {
    return this.#load(false)
  }

  /** Reads and signs all zones again: signatures end. */
  resign(): Promise<ZoneLoad[]> {
    return this.#load(true)
  }

  async #load(isForced: boolean): Promise<ZoneLoad[]> {
    const loads: ZoneLoad[] = []
    for (const options of this.#files) loads.push(await this.#loadOne(options, isForced))
    return loads
  }

  async #loadOne(options: ZoneFileOptions, isForced: boolean): Promise<ZoneLoad> {
    const { apex, path } = options
    const before = this.#stamps.get(options)
    if (!isForced && before !== undefined && !isChanged(before.files)) return { apex, path, outcome: 'unchanged' }
    let result: ZoneFileResult
    try {
      result = await this.#signed(await loadZoneFile(path, apex), path)
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

  async #signed(result: ZoneFileResult, path: string): Promise<ZoneFileResult> {
    const { zone, apex } = result
    if (this.#signing === undefined || zone === undefined) return result
    if (zone.signatures(zone.apexOwner, RecordType.SOA) !== undefined)
      throw new ZoneFileError(`${path} is signed already, and is not signed again`)
    const keys = await this.#signing.keysOf(apex)
    const serial = await this.#signing.serialFor(apex, result.serial)
    const [soa] = zone.rrsetsAt(zone.apexOwner).filter(({ type }) => type === RecordType.SOA) as [Rrset]
    writeUint32(soa.rdatas[0] as Uint8Array, (soa.rdatas[0] as Uint8Array).length - SERIAL_FROM_END, serial)
    zone.put(soa)
    const slice = new Slice()
    const signing = signZone(zone, { keys, nowSeconds: Math.floor(Date.now() / 1_000), dnskeyTtl: soa.ttl })
    for (const _owner of signing) if (slice.isOver()) await slice.next()
    const signers = keys
      .filter(({ flags }) => flags === DnskeyFlags.entryPoint)
      .map(({ dnskey }) => dsRdata(apex, dnskey))
    return { ...result, serial, signers }
  }
}

/** Offset of the serial from the end of an SOA. */
const SERIAL_FROM_END = 20

/** RFC 1982 section 3.2. */
export function isSerialAfter(serial: number, other: number): boolean {
  const distance = (serial - other) >>> 0
  return distance !== 0 && distance < 2 ** 31
}
