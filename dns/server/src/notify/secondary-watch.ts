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

interface Version {
  readonly serial: number
  readonly atMs: number
}

const DEFAULT_INTERVAL_MS = 15_000
const TIMEOUT_MS = 3_000
/** Of a zone; who is further behind is as late as the oldest of them. */
const MAX_VERSIONS = 1_000
/** Of more zones those that were asked for longest ago come next. */
const MAX_QUESTIONS = 200

/**
 * Asks secondaries again and again which serial they have: that they were told of one does not mean that they took it. They are asked
 * where they are told of changes.
 */
export class SecondaryWatch {
  readonly #options: SecondaryWatchOptions
  readonly #nowMs: () => number
  readonly #zones = new Map<string, { readonly apex: Uint8Array; readonly versions: Version[] }>()
  readonly #serials = new Map<NotifyTarget, Map<string, number>>()
  readonly #closing = new AbortController()
  readonly #done: Promise<void>

  constructor(options: SecondaryWatchOptions) {
    this.#options = options
    this.#nowMs = options.nowMs ?? (() => performance.now())
    for (const target of options.targets) this.#serials.set(target, new Map())
    this.#done = this.#run()
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
    for (const serials of this.#serials.values()) serials.delete(apex.join('.'))
  }

  /** Of each zone that has a version at each secondary. */
  readings(): SecondaryReading[] {
    const nowMs = this.#nowMs()
    return [...this.#serials].flatMap(([target, serials]) =>
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
    const asked = [...this.#zones].slice(0, MAX_QUESTIONS)
    for (const [key, zone] of asked) {
      this.#zones.delete(key)
      this.#zones.set(key, zone)
    }
    await Promise.all(this.#options.targets.map((target) => this.#askOne(target, asked)))
  }

  async close(): Promise<void> {
    this.#closing.abort()
    await this.#done
  }

  async #askOne(
    target: NotifyTarget,
    zones: readonly (readonly [string, { readonly apex: Uint8Array }])[],
  ): Promise<void> {
    for (const [key, { apex }] of zones) {
      if (this.#closing.signal.aborted) return
      try {
        const { answers } = await queryServer(target, {
          name: apex,
          type: RecordType.SOA,
          transport: 'udp',
          timeoutMs: TIMEOUT_MS,
        })
        const soa = answers.find(({ type, name }) => type === RecordType.SOA && equalNames(name, apex))
        if (soa !== undefined && this.#zones.has(key)) this.#serials.get(target)?.set(key, soaSerial(soa.rdata))
      } catch (error) {
        // What it had before is still the best that is known.
        if (!(error instanceof QueryError)) throw error
      }
    }
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing
    const { intervalMs = DEFAULT_INTERVAL_MS } = this.#options
    while (!signal.aborted) {
      await setTimeout(intervalMs, undefined, { signal, ref: false }).catch(() => undefined)
      if (!signal.aborted) await this.ask()
    }
  }
}
