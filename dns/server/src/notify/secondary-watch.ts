import { setTimeout } from 'node:timers/promises'
import { equalNames, RecordType } from '@cresset/dns-wire'
import { QueryError, queryServer } from '../query.ts'
import { soaSerial } from '../records.ts'
import { isSerialAfter } from '../serial.ts'
import type { NotifyTarget } from './notify-target.ts'

/** What is known of one zone at one secondary. */
export interface SecondaryReading {
  readonly target: NotifyTarget
  readonly apex: Uint8Array
  /** Which it answered with, when it was asked last and answered. Undefined for one that has not answered yet. */
  readonly serial: number | undefined
  /** How long there has been a version that it does not have, as far as is known. 0: it has the newest. */
  readonly lagSeconds: number
}

export interface SecondaryWatchOptions {
  readonly targets: readonly NotifyTarget[]
  /** Default 15 s. */
  readonly intervalMs?: number
  /** Since any moment, for ages. Default: that of the process. */
  readonly nowMs?: () => number
}

interface Watched {
  readonly target: NotifyTarget
  /** By zone. */
  readonly serials: Map<string, number>
  /** Where among the zones it is asked next. */
  from: number
}

interface Version {
  readonly serial: number
  readonly atMs: number
}

const DEFAULT_INTERVAL_MS = 15_000
const TIMEOUT_MS = 3_000
/** Of a zone; who is further behind is as late as the oldest of them. */
const MAX_VERSIONS = 1_000
/** In one round; of more zones the others come next. */
const MAX_QUESTIONS = 200

/**
 * Asks secondaries again and again which serial they have: that they were told of one does not mean that they took it. They are asked
 * where they are told of changes.
 */
export class SecondaryWatch {
  readonly #options: SecondaryWatchOptions
  readonly #nowMs: () => number
  readonly #zones = new Map<string, { readonly apex: Uint8Array; readonly versions: Version[] }>()
  readonly #watched: readonly Watched[]
  readonly #closing = new AbortController()

  constructor(options: SecondaryWatchOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
    this.#watched = options.targets.map((target) => ({ target, serials: new Map(), from: 0 }))
    // Each for itself: one that does not answer takes its time for each question.
    for (const watched of this.#watched) void this.#run(watched)
  }

  /** There is this version now; `soa` is its record. */
  published(apex: Uint8Array, soa: Uint8Array): void {
    const zone = this.#zones.get(apex.join('.')) ?? { apex, versions: [] }
    this.#zones.set(apex.join('.'), zone)
    const serial = soaSerial(soa)
    if (zone.versions.at(-1)?.serial === serial) return
    zone.versions.push({ serial, atMs: this.#nowMs() })
    if (zone.versions.length > MAX_VERSIONS) zone.versions.shift()
  }

  /** The zone is given away no more. */
  ended(apex: Uint8Array): void {
    this.#zones.delete(apex.join('.'))
    for (const { serials } of this.#watched) serials.delete(apex.join('.'))
  }

  /** Of each zone that has a version at each secondary. */
  readings(): SecondaryReading[] {
    const nowMs = this.#nowMs()
    return this.#watched.flatMap(({ target, serials }) =>
      [...this.#zones].map(([key, { apex, versions }]) => {
        const serial = serials.get(key)
        const missed = versions.find((version) => serial === undefined || isSerialAfter(version.serial, serial))
        const lagSeconds = missed === undefined ? 0 : (nowMs - missed.atMs) / 1_000
        return { target, apex, serial, lagSeconds }
      }),
    )
  }

  /** Asks all of them once, of many zones for some. */
  async ask(): Promise<void> {
    await Promise.all(this.#watched.map((watched) => this.#askOne(watched)))
  }

  /** Asks nothing more. An answer that is waited for may take seconds: nobody has to wait with it. */
  close(): void {
    this.#closing.abort()
  }

  async #askOne(watched: Watched): Promise<void> {
    const { target, serials, from } = watched
    const zones = [...this.#zones]
    const asked = [...zones.slice(from), ...zones.slice(0, from)].slice(0, MAX_QUESTIONS)
    watched.from = (from + asked.length) % Math.max(1, zones.length)
    for (const [key, { apex }] of asked) {
      if (this.#closing.signal.aborted) return
      try {
        const { answers } = await queryServer(target, {
          name: apex,
          type: RecordType.SOA,
          transport: 'udp',
          timeoutMs: TIMEOUT_MS,
        })
        const soa = answers.find(({ type, name }) => type === RecordType.SOA && equalNames(name, apex))
        if (soa !== undefined && this.#zones.has(key)) serials.set(key, soaSerial(soa.rdata))
      } catch (error) {
        // What it had before is still the best that is known.
        if (!(error instanceof QueryError)) throw error
      }
    }
  }

  async #run(watched: Watched): Promise<void> {
    const { signal } = this.#closing
    const { intervalMs = DEFAULT_INTERVAL_MS } = this.#options
    while (!signal.aborted) {
      await setTimeout(intervalMs, undefined, { signal, ref: false }).catch(() => undefined)
      if (!signal.aborted) await this.#askOne(watched)
    }
  }
}
