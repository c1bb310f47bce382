import { soaSerial } from '../records.ts'
import { exchangeNotify, type NotifyTiming } from './notify-exchange.ts'
import type { NotifyTarget } from './notify-target.ts'
import { ZonePace } from './zone-pace.ts'

/** A secondary that could not be told of a zone's serial; it asks by itself when the refresh time has passed. */
export interface NotifyFailure {
  readonly apex: Uint8Array
  readonly serial: number
  readonly target: NotifyTarget
  /** For people. */
  readonly reason: string
}

export interface NotifierOptions {
  readonly targets: readonly NotifyTarget[]
  readonly onGivenUp?: (failure: NotifyFailure) => void
  readonly timing?: NotifyTiming
  /** Milliseconds from one message about a zone to the next at the least: who is told later hears of the newest serial. Default 0. */
  readonly restMs?: number
}

/** Messages under way at a time, each with a socket; the others wait. */
const MAX_UNDER_WAY = 32

/** Tells secondaries of new serials (RFC 1996): one message at most under way for each zone and secondary. */
export class Notifier {
  readonly #options: NotifierOptions
  readonly #pace: ZonePace | undefined
  readonly #underWay = new Map<string, AbortController>()
  readonly #tasks = new Set<Promise<void>>()
  readonly #waiting: (() => void)[] = []
  #slots = MAX_UNDER_WAY
  /** Messages that were answered, and that were given up. */
  readonly counters = { told: 0, givenUp: 0 }

  constructor(options: NotifierOptions) {
    this.#options = options
    if (options.restMs !== undefined) this.#pace = new ZonePace(options.restMs)
  }

  /** Tells all of them of the zone's SOA, in the form of `records.ts`; what they were being told of the zone before is stopped. */
  notify(apex: Uint8Array, soa: Uint8Array): void {
    if (this.#pace === undefined) this.#notify(apex, soa)
    else this.#pace.run(apex.join('.'), () => this.#notify(apex, soa))
  }

  #notify(apex: Uint8Array, soa: Uint8Array): void {
    for (const [index, target] of this.#options.targets.entries()) {
      const place = `${index} ${apex.join('.')}`
      this.#underWay.get(place)?.abort()
      const stop = new AbortController()
      this.#underWay.set(place, stop)
      const task = this.#tell(target, apex, soa, stop.signal).finally(() => {
        this.#tasks.delete(task)
        if (this.#underWay.get(place) === stop) this.#underWay.delete(place)
      })
      this.#tasks.add(task)
    }
  }

  /** Stops telling. */
  async close(): Promise<void> {
    this.#pace?.close()
    for (const stop of this.#underWay.values()) stop.abort()
    await Promise.all(this.#tasks)
  }

  async #tell(target: NotifyTarget, apex: Uint8Array, soa: Uint8Array, stop: AbortSignal): Promise<void> {
    if (this.#slots > 0) this.#slots -= 1
    else await new Promise<void>((go) => this.#waiting.push(go))
    try {
      const outcome = stop.aborted
        ? { kind: 'stopped' as const }
        : await exchangeNotify(target, apex, soa, stop, this.#options.timing)
      if (outcome.kind === 'told') this.counters.told += 1
      if (outcome.kind !== 'given-up') return
      this.counters.givenUp += 1
      this.#options.onGivenUp?.({ apex, serial: soaSerial(soa), target, reason: outcome.reason })
    } finally {
      // The slot goes to who waits for it.
      const next = this.#waiting.shift()
      if (next === undefined) this.#slots += 1
      else next()
    }
  }
}
