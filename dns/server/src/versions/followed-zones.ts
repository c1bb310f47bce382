import { setTimeout } from 'node:timers/promises'
import type { ZoneDifference } from '../journal/zone-difference.ts'
import type { ZoneStore } from '../store/zone-store.ts'
import type { TransferSource, TransferZone } from '../transfer/transfer-source.ts'
import { Slice } from '../zone-file/slice.ts'
import { FollowedZone } from './followed-zone.ts'
import { Takers } from './takers.ts'

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
  readonly takers: Takers
}

/** Zones that change in place while they are served, for secondaries: each as a whole under one serial, and what leads from one to the next. */
export class FollowedZones implements TransferSource<TransferZone | 'not-ready'> {
  readonly #options: FollowedZonesOptions
  readonly #followed = new Map<string, Followed>()
  #underWay: Promise<void> | undefined
  #isAskedAgain = false
  #toldLapses = 0
  #startedMs = Number.NEGATIVE_INFINITY
  readonly #closing = new AbortController()

  constructor(options: FollowedZonesOptions) {
    this.#options = options
  }

  /**
   * Makes versions of what the zones are now, in slices between which queries are answered. To be called after changes; resolves when
   * nothing is left to do.
   */
  update(): Promise<void> {
    this.#look()
    this.#tellAfterLapse()
    this.#isAskedAgain = true
    this.#underWay ??= this.#run()
    return this.#underWay
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#closing.abort()
    await this.#underWay
  }

  zone(apex: Uint8Array): TransferZone | 'not-ready' | undefined {
    const { store, apexes } = this.#options
    if (!apexes.some((followed) => Buffer.compare(followed, apex) === 0)) return undefined
    const live = store.zone(apex)
    // Without a chain it is given to nobody; `answerTransfer` says why.
    if (live === undefined || live.compact !== undefined) return live
    if (store.isStale || !live.isServable) return 'not-ready'
    return this.#followed.get(textOf(apex))?.zone.version ?? 'not-ready'
  }

  differences(apex: Uint8Array, serial: number, taker: string): readonly ZoneDifference[] | undefined {
    const followed = this.#followed.get(textOf(apex))
    if (followed === undefined) return undefined
    const { zone, takers } = followed
    // Unsigned, a zone is the same at each of its servers.
    const isKnown = zone.zone.signing === undefined || takers.has(taker, serial)
    return isKnown ? zone.differences(serial) : undefined
  }

  given(apex: Uint8Array, serial: number, taker: string): void {
    this.#followed.get(textOf(apex))?.takers.add(taker, serial)
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
      const followed = this.#followed.get(textOf(apex))
      if (live === undefined || !live.isServable) followed?.zone.withdraw()
      if (live === undefined) continue
      if (followed === undefined)
        this.#followed.set(textOf(apex), { zone: new FollowedZone(live), takers: new Takers() })
      else if (followed.zone.zone !== live) followed.zone.follow(live)
    }
  }

  async #run(): Promise<void> {
    try {
      await this.#advanceAll()
    } finally {
      this.#underWay = undefined
    }
  }

  async #advanceAll(): Promise<void> {
    const { onVersion, intervalMs = 0 } = this.#options
    const { signal } = this.#closing
    const slice = new Slice()
    // Not within the change that is told of.
    await slice.next()
    while (this.#isAskedAgain && !signal.aborted) {
      const waitMs = this.#startedMs + intervalMs - performance.now()
      if (waitMs > 0) await setTimeout(waitMs, undefined, { signal, ref: false }).catch(() => undefined)
      this.#startedMs = performance.now()
      this.#isAskedAgain = false
      for (const { zone } of this.#followed.values()) {
        const steps = zone.advance()
        let step = steps.next()
        for (; step.done !== true && !signal.aborted; step = steps.next()) if (slice.isOver()) await slice.next()
        if (step.done === true && step.value !== undefined) onVersion?.(zone.zone.apex, step.value)
      }
    }
  }
}

function textOf(name: Uint8Array): string {
  return Buffer.from(name.buffer, name.byteOffset, name.length).toString('latin1')
}
