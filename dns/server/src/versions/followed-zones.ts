import type { ZoneDifference } from '../journal/zone-difference.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import type { ZoneStore } from '../store/zone-store.ts'
import type { TransferSource, TransferZone } from '../transfer/transfer-source.ts'
import { FollowedZone } from './followed-zone.ts'
import { nameText } from './name-text.ts'
import { Takers } from './takers.ts'
import { VersionWork } from './version-work.ts'

export interface FollowedZonesOptions {
  /** Where the zones are, and change. */
  readonly store: ZoneStore
  /** Lower-case wire names of those that are given away, when they are there. */
  readonly apexes: readonly Uint8Array[]
  /**
   * Told of each version that can be taken now, once more when it could not meanwhile: the zone's apex, and the SOA record in the form of
   * `records.ts`.
   */
  readonly onVersion?: (apex: Uint8Array, soa: Uint8Array) => void
  /** Versions are made no more often, in milliseconds: where blocks come fast, one has the changes of several. Default 0. */
  readonly intervalMs?: number
}

interface Followed {
  readonly zone: FollowedZone
  readonly work: VersionWork
  readonly takers: Takers
}

/** Zones that change in place while they are served, for secondaries: each as a whole under one serial, and what leads from one to the next. */
export class FollowedZones implements TransferSource<TransferZone | 'not-ready'> {
  readonly #options: FollowedZonesOptions
  readonly #followed = new Map<string, Followed>()
  #toldLapses = 0
  readonly #closing = new AbortController()

  constructor(options: FollowedZonesOptions) {
    this.#options = options
  }

  /**
   * Makes versions of what the zones are now, in slices between which queries are answered. To be called after changes; resolves when
   * nothing is left to do.
   */
  async update(): Promise<void> {
    this.#look()
    this.#tellAfterLapse()
    await this.#wakeAll()
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#wakeAll()
  }

  zone(apex: Uint8Array): TransferZone | 'not-ready' | undefined {
    const { store, apexes } = this.#options
    if (!apexes.some((followed) => Buffer.compare(followed, apex) === 0)) return undefined
    const live = store.zone(apex)
    // Without a chain it is given to nobody; `answerTransfer` says why.
    if (live === undefined || live.compact !== undefined) return live
    if (store.isStale || !live.isServable) return 'not-ready'
    return this.#followed.get(nameText(apex))?.zone.version ?? 'not-ready'
  }

  differences(apex: Uint8Array, serial: number, taker: string): readonly ZoneDifference[] | undefined {
    const followed = this.#followed.get(nameText(apex))
    if (followed === undefined) return undefined
    const { zone, takers } = followed
    // Unsigned, a zone is the same at each of its servers.
    const isKnown = !zone.isSigned || takers.has(taker, serial)
    return isKnown ? zone.differences(serial) : undefined
  }

  given(apex: Uint8Array, serial: number, taker: string): void {
    this.#followed.get(nameText(apex))?.takers.add(taker, serial)
  }

  /** Secondaries that were refused ask less and less often. */
  #tellAfterLapse(): void {
    const { store, onVersion } = this.#options
    if (store.isStale || store.lapses === this.#toldLapses) return
    this.#toldLapses = store.lapses
    for (const { zone } of this.#followed.values()) {
      const { version } = zone
      if (version !== undefined) onVersion?.(version.apex, version.soa)
    }
  }

  /** Follows zones that came, and withdraws those that cannot be given away. */
  #look(): void {
    const { store, apexes } = this.#options
    for (const apex of apexes) {
      const live = store.zone(apex)
      const followed = this.#followed.get(nameText(apex))
      if (live === undefined || !live.isServable) followed?.zone.withdraw()
      if (live === undefined) continue
      if (followed === undefined) this.#followed.set(nameText(apex), this.#follow(live))
      else if (followed.zone.zone !== live) followed.zone.follow(live)
    }
  }

  #follow(live: MemoryZone): Followed {
    const { intervalMs = 0, onVersion } = this.#options
    const zone = new FollowedZone(live)
    const work = new VersionWork(zone, {
      intervalMs,
      signal: this.#closing.signal,
      onVersion: (soa) => onVersion?.(live.apex, soa),
    })
    return { zone, work, takers: new Takers() }
  }

  async #wakeAll(): Promise<void> {
    await Promise.all([...this.#followed.values()].map(({ work }) => work.wake()))
  }
}
