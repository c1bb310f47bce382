import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { formatName } from '@cresset/dns-wire'
import type { StoredState } from '../journal/stored-change.ts'
import { StoredZone, StoredZoneError } from '../journal/stored-zone.ts'
import { bytesOfZone, type ZoneDifference } from '../journal/zone-difference.ts'
import type { RestoredZone } from '../journal/zone-frames.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { ZoneFileError } from './open-master-file.ts'
import { finishSliced } from './slice.ts'

/** Where zones are kept as they are served, and which of them can be changed by updates. */
export interface ZoneStorageOptions {
  /** Path of the file of a zone, by its lower-case wire name. */
  pathOf(apex: Uint8Array): string
  mayBeUpdated(apex: Uint8Array): boolean
  /** Records to which a zone may grow by updates, without those that signing makes. Default 1,000,000. */
  readonly maxRecords?: number
  /** Bytes to which it may grow, signatures included. Default half a gigabyte, of which its file could hardly be read again. */
  readonly maxBytes?: number
}

/** Each has its place in memory twice while a change is made. */
const DEFAULT_MAX_RECORDS = 1_000_000
const DEFAULT_MAX_BYTES = 2 ** 29
/** A name brings with it all those between it and the apex: the usual ones of `ip6.arpa` more than a dozen. */
const NAMES_A_RECORD = 4

/** A version, and what it holds. */
export interface SizedZone {
  readonly zone: MemoryZone
  readonly records: number
  /** As `ZoneDifference` counts them. */
  readonly zoneBytes: number
}

/** One version to be stored. */
export interface StoredVersion {
  readonly apex: Uint8Array
  readonly zone: MemoryZone
  readonly state: StoredState
  /** From the version that is stored; undefined when nothing leads here, nor then does what is before it. */
  readonly difference: ZoneDifference | undefined
  /** Those before it. */
  readonly history: readonly ZoneDifference[]
}

/** Zones on disk, as they are served. All that it does is under way for one zone at a time once. */
export class ZoneStorage {
  readonly #options: ZoneStorageOptions
  readonly #open = new Map<string, StoredZone>()
  /** Without a version yet. */
  readonly #empty = new Set<string>()

  constructor(options: ZoneStorageOptions) {
    this.#options = options
  }

  mayBeUpdated(apex: Uint8Array): boolean {
    return this.#options.mayBeUpdated(apex)
  }

  /** Why an update may not make this of a zone; one line. What is greater than it may be already may shrink. */
  growthFault(before: SizedZone, after: SizedZone): string | undefined {
    const { maxRecords = DEFAULT_MAX_RECORDS, maxBytes = DEFAULT_MAX_BYTES } = this.#options
    const sizes: readonly [what: string, of: (version: SizedZone) => number, most: number][] = [
      ['records', ({ records }) => records, maxRecords],
      ['names', ({ zone }) => zone.ownerCount, NAMES_A_RECORD * maxRecords],
      ['bytes', ({ zoneBytes }) => zoneBytes, maxBytes],
    ]
    const over = sizes.find(([, of, most]) => of(after) > most && of(after) > of(before))
    return over && `the zone would have too many ${over[0]}`
  }

  /** What is stored of a zone; undefined when that is nothing. `remark` is for people. @throws ZoneFileError */
  async restore(apex: Uint8Array): Promise<(RestoredZone & { remark: string | undefined }) | undefined> {
    const name = formatName(apex)
    const path = this.#options.pathOf(apex)
    return await withZoneFileErrors(async () => {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 })
      await this.#open.get(name)?.close()
      const { stored, restored, remark } = await StoredZone.open(path, apex)
      this.#open.set(name, stored)
      if (restored === undefined) this.#empty.add(name)
      return restored && { ...restored, remark }
    })
  }

  /** Stores a version; it is durable when the promise is fulfilled. @throws ZoneFileError, and then it is not stored */
  async store({ apex, zone, state, difference, history }: StoredVersion): Promise<void> {
    const name = formatName(apex)
    const stored = this.#open.get(name)
    if (stored === undefined) throw new ZoneFileError(`${name} was not opened`)
    await withZoneFileErrors(async () => {
      if (difference !== undefined && !this.#empty.has(name)) await stored.append({ difference, state })
      else await stored.rewrite(zone, difference === undefined ? [] : [...history, difference], state)
      this.#empty.delete(name)
    })
  }

  /** Notes other things of the version that is stored. @throws ZoneFileError */
  async note(apex: Uint8Array, state: StoredState): Promise<void> {
    await withZoneFileErrors(async () => this.#open.get(formatName(apex))?.note(state))
  }

  /** Stores the zone as a whole when changes have become longer than that. @throws ZoneFileError, and then all stays as it is */
  async shorten({ apex, zone, state, history }: Omit<StoredVersion, 'difference'>): Promise<void> {
    const stored = this.#open.get(formatName(apex))
    if (stored === undefined || !stored.mayBeLong) return
    const bytes = await finishSliced(bytesOfZone(zone))
    if (stored.isLong(bytes)) await withZoneFileErrors(() => stored.rewrite(zone, history, state))
  }

  /** Ends with a zone; what is stored of it stays. */
  async release(apex: Uint8Array): Promise<void> {
    const name = formatName(apex)
    const stored = this.#open.get(name)
    this.#open.delete(name)
    this.#empty.delete(name)
    await stored?.close()
  }

  async close(): Promise<void> {
    for (const stored of this.#open.values()) await stored.close()
    this.#open.clear()
  }
}

async function withZoneFileErrors<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const { code, message, path } = error as NodeJS.ErrnoException
    if (error instanceof StoredZoneError) throw new ZoneFileError(message, { cause: error })
    if (code === undefined) throw error
    throw new ZoneFileError(`${path ?? 'the journal'}: ${code}`, { cause: error })
  }
}
