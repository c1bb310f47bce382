import { resolve } from 'node:path'
import { formatNotifyTarget, type SecondaryReading, ZoneFileError, type ZoneLoad } from '@cresset/dns-server'
import { formatName, formatRdata, lowerCaseName, parseAbsoluteName, RecordType, WireError } from '@cresset/dns-wire'
import { StartError } from '../../start-error.ts'
import type { RollEvent } from '../keys/key-life.ts'
import type { ServedKey, ServedZone, ServedZones, ZoneFileWork } from '../served-zone.ts'
import type {
  ControlAnswers,
  ControlCommand,
  ControlErrorCode,
  ControlReply,
  ControlRequest,
  KeyReport,
  NextKeyEvent,
  ReloadReport,
  SecondaryReport,
  StatisticsReport,
  ZoneReport,
} from './protocol.ts'

export interface ZoneControlOptions {
  readonly zones: ServedZones
  /** Undefined for zones that have no files. */
  readonly files?: ZoneFileWork | undefined
  statistics(): StatisticsReport
  /** Told of what became of zones that were asked for here. */
  readonly onLoads?: ((loads: readonly ZoneLoad[]) => void) | undefined
  /** Tells all secondaries of the zones' serials; undefined without secondaries. Gives how many there are. */
  readonly notify?: ((apexes: readonly Uint8Array[]) => number) | undefined
  /** What they have. */
  readonly secondaries?: () => readonly SecondaryReading[]
}

class Refusal extends Error {
  readonly code: ControlErrorCode
  constructor(code: ControlErrorCode, message: string) {
    super(message)
    this.code = code
  }
}

type Handlers = {
  readonly [K in ControlCommand]: (zone: Uint8Array | undefined) => Promise<ControlAnswers[K]> | ControlAnswers[K]
}

/** Carries out what is asked over the control socket. */
export class ZoneControl {
  readonly #served: ServedZones
  readonly #secondaries: () => readonly SecondaryReading[]
  readonly #handlers: Handlers

  constructor({ zones, files, statistics, onLoads, notify, secondaries = () => [] }: ZoneControlOptions) {
    this.#served = zones
    this.#secondaries = secondaries
    const ofFiles = (): ZoneFileWork => {
      if (files === undefined)
        throw new Refusal(
          'failed',
          'these zones are of the ledger: they follow its blocks, and there is no file to read',
        )
      return files
    }
    const ofKeys = (): ZoneFileWork => {
      if (files === undefined)
        throw new Refusal('ledger-zone', 'keys of a zone of the ledger are replaced by transactions')
      return files
    }
    const reports = (loads: readonly ZoneLoad[]): { zones: ReloadReport[] } => {
      onLoads?.(loads)
      return { zones: loads.map(reloadReport) }
    }
    this.#handlers = {
      'zone-list': (zone) => ({ zones: this.#zoneReports(zone) }),
      'zone-reload': async (zone) =>
        reports(await (zone === undefined ? ofFiles().reload() : ofFiles().reloadOne(this.#known(zone)))),
      'zone-freeze': async (zone) => {
        const files = ofFiles()
        const isUpdated = (): boolean => this.#chosen(zone).some((status) => status.isUpdated === true)
        const hadUpdates = isUpdated()
        await files.freeze(this.#known(zone))
        return { zones: this.#zoneReports(zone), written: hadUpdates && !isUpdated() }
      },
      'zone-thaw': async (zone) => reports(await ofFiles().thaw(this.#known(zone))),
      'zone-notify': (zone) => {
        if (notify === undefined)
          throw new Refusal('failed', 'there is no secondary to tell; the server was started without --notify')
        const apexes = this.#chosen(zone).map(({ apex }) => apex)
        return { secondaries: notify(apexes), zones: apexes.map(zoneText) }
      },
      'key-list': (zone) => ({ keys: this.#keyReports(zone) }),
      'key-roll': async (zone) => {
        const known = this.#known(zone)
        reports(await ofKeys().rollKey(known))
        return { keys: this.#keyReports(known) }
      },
      'key-confirm': async (zone) => {
        const known = this.#known(zone)
        await ofKeys().confirmKey(known)
        return { keys: this.#keyReports(known) }
      },
      stats: () => statistics(),
    }
  }

  async handle({ command, zone }: ControlRequest): Promise<ControlReply> {
    try {
      return { ok: await this.#handlers[command](zone === undefined ? undefined : apexOf(zone)) }
    } catch (error) {
      if (error instanceof StartError || error instanceof ZoneFileError)
        return { error: { code: 'failed', message: error.message } }
      if (!(error instanceof Refusal)) throw error
      return { error: { code: error.code, message: error.message } }
    }
  }

  /** One zone, or all. */
  #chosen(apex: Uint8Array | undefined): readonly ServedZone[] {
    const all = this.#served.status()
    if (apex === undefined) return all
    const found = all.filter((status) => Buffer.compare(status.apex, apex) === 0)
    if (found.length === 0) throw new Refusal('no-such-zone', `the server has no zone ${zoneText(apex)}`)
    return found
  }

  #known(apex: Uint8Array | undefined): Uint8Array {
    if (apex === undefined) throw new Refusal('bad-request', 'this needs the name of a zone')
    return (this.#chosen(apex)[0] as ServedZone).apex
  }

  #signedAgainAt(keys: readonly ServedKey[]): string | null {
    const { nextSigningMs } = this.#served
    return nextSigningMs !== undefined && keys.some(({ signsHere }) => signsHere) ? timeText(nextSigningMs) : null
  }

  #zoneReports(zone: Uint8Array | undefined): ZoneReport[] {
    const secondaries = new Map<string, SecondaryReport[]>()
    for (const { apex, target, serial = null, lagSeconds } of this.#secondaries()) {
      const name = formatName(apex)
      const of = secondaries.get(name) ?? []
      secondaries.set(name, of)
      of.push({ secondary: formatNotifyTarget(target), serial, lagSeconds })
    }
    return this.#chosen(zone).map((status) => this.#zoneReport(status, secondaries.get(formatName(status.apex)) ?? []))
  }

  #zoneReport(
    { apex, path, loadedAtMs, isFrozen, problem, keys, ...status }: ServedZone,
    secondaries: readonly SecondaryReport[],
  ): ZoneReport {
    return {
      zone: zoneText(apex),
      // The command may run in another folder than the server.
      file: path === undefined ? null : resolve(path),
      records: status.records ?? null,
      rrsets: status.rrsets ?? null,
      serial: status.serial,
      loadedAt: loadedAtMs === undefined ? null : timeText(loadedAtMs),
      frozen: isFrozen,
      updated: status.isUpdated === true,
      problem: problem ?? null,
      signaturesEndAt: secondsText(status.earliestExpiration),
      denial: status.denial ?? null,
      anchorSignaturesEndAt: secondsText(status.anchorExpiration),
      signedAgainAt: isFrozen ? null : this.#signedAgainAt(keys),
      secondaries,
    }
  }

  #keyReports(zone: Uint8Array | undefined): KeyReport[] {
    return this.#chosen(zone).flatMap((status) => status.keys.map((key) => this.#keyReport(status, key)))
  }

  #keyReport({ apex, isFrozen, ...zone }: ServedZone, key: ServedKey): KeyReport {
    const { tag, algorithm, flags, signsHere, ds, holder = null, waitsUntilMs } = key
    const life = zone.keyLife?.keys.find((one) => one.tag === tag)
    const next = zone.keyLife?.next
    const end = holder === 'anchor' ? zone.anchorExpiration : zone.earliestExpiration
    return {
      zone: zoneText(apex),
      tag,
      algorithm,
      flags,
      signsHere,
      state: life?.state ?? (holder === null ? null : waitsUntilMs === undefined ? 'active' : 'published'),
      stateSince: life?.sinceMs === undefined ? null : timeText(life.sinceMs),
      next: next === undefined ? null : nextReport(next),
      holder,
      waitsUntil: waitsUntilMs === undefined ? null : timeText(waitsUntilMs),
      frozen: isFrozen,
      signaturesEndAt: secondsText(end),
      signedAgainAt: isFrozen ? null : this.#signedAgainAt([key]),
      ds: `${formatName(apex)} DS ${formatRdata(RecordType.DS, ds)}`,
    }
  }
}

function nextReport({ event, atMs, waitsFor }: RollEvent): NextKeyEvent {
  return { event, at: atMs === undefined ? null : timeText(atMs), waitsFor: waitsFor ?? null }
}

function reloadReport({ apex, outcome, result, reason, hasStaleSerial = false }: ZoneLoad): ReloadReport {
  return {
    zone: zoneText(apex),
    outcome,
    records: result?.records ?? null,
    serial: result?.serial ?? null,
    reason: reason ?? null,
    staleSerial: hasStaleSerial,
  }
}

function apexOf(text: string): Uint8Array {
  try {
    return lowerCaseName(parseAbsoluteName(text))
  } catch (error) {
    if (error instanceof WireError)
      throw new Refusal('bad-request', `${error.message}; give a name such as example.org`)
    throw error
  }
}

function zoneText(apex: Uint8Array): string {
  const text = formatName(apex)
  return text === '.' ? text : text.slice(0, -1)
}

const timeText = (ms: number): string => new Date(ms).toISOString()
const secondsText = (seconds: number | undefined): string | null =>
  seconds === undefined ? null : timeText(seconds * 1_000)
