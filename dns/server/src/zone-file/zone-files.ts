import { formatName, lowerCaseName, Rcode, RecordType, type Rrset } from '@cresset/dns-wire'
import { keyDenial } from '../compact/key-denial.ts'
import { differenceOf, type ZoneDifference } from '../journal/zone-difference.ts'
import { ZoneJournal } from '../journal/zone-journal.ts'
import { setSoaSerial, ttlOf } from '../records.ts'
import { isSerialAfter, nextSerial } from '../serial.ts'
import { signZone } from '../sign/sign-zone.ts'
import { FRESH_SECONDS } from '../sign/times.ts'
import type { ZoneSigning } from '../sign/zone-signing.ts'
import type { MemoryZone } from '../store/memory-zone.ts'
import { ZoneStore } from '../store/zone-store.ts'
import type { TransferSource } from '../transfer/transfer-source.ts'
import type { UpdateOutcome } from '../update/update-server.ts'
import type { ZoneSource } from '../zone-source.ts'
import { signZoneWithDigest } from '../zonemd/sign-with-digest.ts'
import { type AppliedUpdates, applyUpdates, type PlanUpdate, refusal } from './apply-updates.ts'
import { isChanged, loadZoneFile, ZoneFileError, type ZoneFileResult } from './load-zone-file.ts'
import { sameContent, stampFile } from './open-master-file.ts'
import {
  type GoodZone,
  isSignedAlike,
  recordsForFile,
  restoredVersion,
  type ServedZone,
  type SignedZone,
  servedVersion,
  signersOf,
  stateOf,
  withoutSigning,
} from './served-version.ts'
import { NO_SIGNALS, type Signals, signalsOf } from './signals.ts'
import { finishSliced, Slice } from './slice.ts'
import { isSignedElsewhere, raiseSerial } from './version-changes.ts'
import { writeZoneFile } from './write-zone-file.ts'
import { denialKindOf, greatestTtl, type ZoneStatus } from './zone-status.ts'
import { ZoneStorage, type ZoneStorageOptions } from './zone-storage.ts'

export interface ZoneFileOptions {
  /** Lower-case wire name. */
  readonly apex: Uint8Array
  readonly path: string
}

/** What became of one zone when the files were read. */
export interface ZoneLoad {
  readonly apex: Uint8Array
  readonly path: string
  /**
   * `kept`: it cannot be served as it is now, so the zone from before goes on, if there was one. `frozen`: it was not looked at, until
   * the zone is thawed. `gone`: it is in the list of zones no more, and not served.
   */
  readonly outcome: 'loaded' | 'unchanged' | 'kept' | 'frozen' | 'gone'
  /** Of a zone that is served anew. */
  readonly result?: ZoneFileResult
  /** One line, for `kept`; for `loaded` when it could not be written down which keys sign it. */
  readonly reason?: string
  /** True when the file changed and its serial did not rise, so that no secondary will ask for it (RFC 1982). */
  readonly hasStaleSerial?: boolean
}

/** Zones from master files, without a ledger. */
export class ZoneFiles {
  readonly #store = new ZoneStore()
  /** By their names, in the order in which they were given. */
  #files: ReadonlyMap<string, ZoneEntryOptions> = new Map()
  /** Zones that are not served any more, for the next `load` to tell. */
  #gone: ZoneFileOptions[] = []
  readonly #served = new Map<ZoneFileOptions, ServedZone>()
  readonly #journals = new Map<ZoneFileOptions, ZoneJournal>()
  readonly #signing: ZoneSigning | undefined
  /** Zones that are left as they are, and what was to be done with them meanwhile. */
  readonly #frozen = new Map<ZoneFileOptions, { missesSignatures: boolean }>()
  /** Why the file as it is now, and why new signatures, are not served; why the last change was not made. */
  readonly #problems = {
    reading: new Map<ZoneFileOptions, string>(),
    signing: new Map<ZoneFileOptions, string>(),
    storing: new Map<ZoneFileOptions, string>(),
  }
  /** What zones show of others, by their apex (RFC 9615). */
  #signals: ReadonlyMap<string, Signals> = new Map()
  /** False while what zones show of others cannot have changed: an update would look at all zones each time. */
  #mayDiffer = true
  readonly #storage: ZoneStorage | undefined
  #generation = 0

  /**
   * With `signing` all zones are signed here; a file that is signed already is refused then. With `storage` they are kept on disk as they
   * are served, and go on from there after a restart.
   */
  constructor(zones: readonly ZoneFileOptions[], signing?: ZoneSigning, storage?: ZoneStorageOptions) {
    this.#signing = signing
    this.#storage = storage && new ZoneStorage(storage)
    this.setZones(zones)
  }

  /**
   * Takes another list of zones in the place of the one before. Those that are gone are not served from now on; those that are new, or have
   * another file, are read by the next `load`.
   * @throws ZoneFileError when a zone is given twice; then nothing changes
   */
  setZones(zones: readonly ZoneFileOptions[]): void {
    const byApex = new Map<string, ZoneFileOptions>()
    for (const { apex, path } of zones) {
      const name = formatName(apex)
      if (byApex.has(name)) throw new ZoneFileError(`the zone ${name} is given twice`)
      byApex.set(name, { apex, path })
    }
    for (const [name, options] of this.#files) if (!byApex.has(name)) this.#drop(options)
    const files = new Map<string, ZoneEntryOptions>()
    for (const [name, given] of byApex) {
      const options = this.#files.get(name) ?? { ...given }
      if (options.path !== given.path) this.#move(options, given.path)
      if (!this.#journals.has(options)) this.#journals.set(options, new ZoneJournal())
      files.set(name, options)
    }
    this.#files = files
  }

  #drop(options: ZoneFileOptions): void {
    for (const kept of [this.#served, this.#journals, this.#frozen, ...Object.values(this.#problems)])
      kept.delete(options)
    this.#generation += 1
    this.#mayDiffer = true
    this.#store.apply([{ apex: options.apex, drop: true }], this.#generation)
    this.#gone.push(options)
  }

  /** Another file: what is served goes on until that is read. */
  #move(options: ZoneEntryOptions, path: string): void {
    options.path = path
    const served = this.#served.get(options)
    if (served !== undefined) this.#served.set(options, { ...served, files: [{ path, stamp: '', digest: '' }] })
  }

  get source(): ZoneSource {
    return this.#store
  }

  /** Zones as a whole, with the differences between versions: each is replaced by another one when its file changed, and does not change itself. */
  get zones(): TransferSource {
    return {
      zone: (apex) => this.#store.zone(apex),
      differences: (apex, serial) => {
        const options = this.#optionsOf(apex)
        return options && this.#journals.get(options)?.since(serial)
      },
    }
  }

  /** Reads all files that changed since they were read last, one after another; each zone changes from one query to the next. */
  async load(): Promise<ZoneLoad[]> {
    const loads: ZoneLoad[] = this.#gone.map(({ apex, path }) => ({ apex, path, outcome: 'gone' }))
    for (const { apex } of this.#gone) await this.#storage?.release(apex)
    this.#gone = []
    for (const options of this.#files.values()) loads.push(await this.#load(options))
    return loads
  }

  /** The same for one zone; undefined when there is no such zone. */
  async loadOne(apex: Uint8Array): Promise<ZoneLoad | undefined> {
    const options = this.#optionsOf(apex)
    return options && this.#load(options)
  }

  /**
   * Leaves a zone as it is, whatever becomes of its file and of its signatures; changes by updates are written to its file before. False
   * when there is no such zone. @throws ZoneFileError, and then it is not frozen
   */
  async freeze(apex: Uint8Array): Promise<boolean> {
    const options = this.#optionsOf(apex)
    if (options === undefined || this.#frozen.has(options)) return options !== undefined
    await this.#writeBack(options)
    this.#frozen.set(options, { missesSignatures: false })
    return true
  }

  async #writeBack(options: ZoneFileOptions): Promise<void> {
    const served = this.#served.get(options)
    if (served?.isUpdated !== true) return
    const { path } = options
    const check = (): void => {
      if (isChanged(served.files) && stampFile(path) !== undefined && sameContent(served.files) === undefined)
        throw new ZoneFileError(`${path} ${EDITED}; move it away, and the zone is written there`)
    }
    check()
    const file = await writeZoneFile(path, await recordsForFile(served), check)
    const written = { ...served, files: [file], isUpdated: false }
    await this.#storage?.note(options.apex, stateOf(written))
    this.#served.set(options, written)
    this.#problems.reading.delete(options)
  }

  /** Carries out one update (RFC 2136), as `updateTogether` does. */
  async update(apex: Uint8Array, plan: PlanUpdate): Promise<UpdateOutcome> {
    const [outcome] = await this.updateTogether(apex, [plan])
    return outcome as UpdateOutcome
  }

  /**
   * Carries out what each of the plans decides on a zone as those before it left it, all as one version, and gives what became of each.
   * When the promise is fulfilled, what is `changed` is on disk and seen by queries. One call at a time, and none while files are read.
   */
  async updateTogether(apex: Uint8Array, plans: readonly PlanUpdate[]): Promise<readonly UpdateOutcome[]> {
    const options = this.#optionsOf(apex)
    const served = options && this.#served.get(options)
    const storage = this.#storage
    const refuseAll = (text: string): UpdateOutcome[] => plans.map(() => refusal(text))
    if (options === undefined || served === undefined || storage?.mayBeUpdated(apex) !== true)
      return refuseAll('this zone takes no updates')
    if (this.#frozen.has(options)) return refuseAll('the zone is frozen')
    // Also what could not be signed again yet, as when a restart finds other keys and no room on the disk.
    if (served.signedBy === undefined && isSignedElsewhere(served.zone))
      return refuseAll('what changes could not be signed')
    const { outcomes, version } = await applyUpdates(served, plans)
    if (version === undefined) return outcomes
    const { next } = version
    const fault = storage.growthFault(served, next)
    // Serials that rise with each can come around together.
    const isRising = isSerialAfter(next.serial, served.serial)
    if (plans.length > 1 && (fault !== undefined || !isRising)) return await this.#updateEach(apex, plans)
    if (fault !== undefined) return refuseAll(fault)
    try {
      await this.#showUpdated(options, version, storage)
      return outcomes
    } catch (error) {
      if (!(error instanceof ZoneFileError)) throw error
      const problem = error.message
      this.#problems.storing.set(options, problem)
      const text = 'the change cannot be written down'
      const failure: UpdateOutcome = { kind: 'failed', rcode: Rcode.SERVFAIL, text, problem }
      // Those that came behind a change were decided on what there will not be.
      const first = outcomes.findIndex(({ kind }) => kind === 'changed')
      return outcomes.map((outcome, index) => (index < first ? outcome : failure))
    }
  }

  async #updateEach(apex: Uint8Array, plans: readonly PlanUpdate[]): Promise<UpdateOutcome[]> {
    const outcomes: UpdateOutcome[] = []
    for (const plan of plans) outcomes.push(await this.update(apex, plan))
    return outcomes
  }

  async #showUpdated(
    options: ZoneFileOptions,
    { next, difference, hasOtherServers }: NonNullable<AppliedUpdates['version']>,
    storage: ZoneStorage,
  ): Promise<void> {
    const { apex, zone } = next
    const history = this.#journals.get(options)?.all ?? []
    await storage.store({ apex, zone, state: stateOf(next), difference, history })
    const mayDiffer = this.#mayDiffer || hasOtherServers
    this.#show(options, next, difference)
    this.#mayDiffer = mayDiffer
    await this.#shorten(options, next)
  }

  /** To be called when a version is stored and shown, which it stays whatever becomes of this. */
  async #shorten(options: ZoneFileOptions, served: ServedZone): Promise<void> {
    this.#problems.storing.delete(options)
    const { apex, zone } = served
    const history = this.#journals.get(options)?.all ?? []
    await this.#storage
      ?.shorten({ apex, zone, state: stateOf(served), history })
      .catch((error: Error) => this.#problems.storing.set(options, error.message))
  }

  /** Ends what is open on disk. */
  async close(): Promise<void> {
    await this.#storage?.close()
  }

  /** Ends that, and does what was due meanwhile. Undefined when there is no such zone. */
  async thaw(apex: Uint8Array): Promise<ZoneLoad | undefined> {
    const options = this.#optionsOf(apex)
    if (options === undefined) return undefined
    const missed = this.#frozen.get(options)?.missesSignatures === true
    this.#frozen.delete(options)
    this.#mayDiffer = true
    const load = await this.#load(options)
    return load.outcome === 'unchanged' && missed ? this.#resign(options) : load
  }

  /** The zones that are served, in the order in which they were given. */
  status(): ZoneStatus[] {
    return [...this.#files.values()].flatMap((options) => {
      const served = this.#served.get(options)
      if (served === undefined) return []
      const { apex, path } = options
      const { records, serial, loadedAtMs } = served
      return [
        {
          apex,
          path,
          records,
          serial,
          loadedAtMs,
          isFrozen: this.#frozen.has(options),
          problem: Object.values(this.#problems)
            .map((problems) => problems.get(options))
            .find((problem) => problem !== undefined),
          isUpdated: served.isUpdated,
          earliestExpiration: served.earliestExpiration,
          denial: denialKindOf(served.zone),
          keys: served.keyStatus,
        },
      ]
    })
  }

  /** Signs all zones again as they are served, since signatures end; whatever became of their files. */
  async resign(): Promise<ZoneLoad[]> {
    const loads: ZoneLoad[] = []
    for (const options of this.#served.keys()) loads.push(await this.#resign(options))
    return loads
  }

  /** Signs one zone by its keys as they are now. Signatures by keys that stay are kept. Undefined when there is no such zone. */
  async resignOne(apex: Uint8Array): Promise<ZoneLoad | undefined> {
    const options = this.#optionsOf(apex)
    return options && this.#resign(options, this.#served.get(options)?.zone)
  }

  /** Signs the zones again that are to show others of what they show of them (RFC 9615). To be called after each change. */
  async signal(): Promise<ZoneLoad[]> {
    if (this.#signing?.hasSignals !== true || !this.#mayDiffer) return []
    this.#mayDiffer = false
    this.#signals = signalsOf([...this.#served.values()])
    const loads: ZoneLoad[] = []
    for (const [options, { apex, zone, signals }] of [...this.#served]) {
      if (this.#frozen.has(options) || this.#signalsIn(apex).text === signals.text) continue
      const load = await this.#resign(options, zone)
      if (load.outcome !== 'loaded') this.#mayDiffer = true
      loads.push(load)
    }
    return loads
  }

  #signalsIn(apex: Uint8Array): Signals {
    return this.#signals.get(formatName(apex)) ?? NO_SIGNALS
  }

  #optionsOf(apex: Uint8Array): ZoneFileOptions | undefined {
    return this.#files.get(formatName(lowerCaseName(apex)))
  }

  async #resign(options: ZoneFileOptions, signed?: MemoryZone): Promise<ZoneLoad> {
    const frozen = this.#frozen.get(options)
    const served = this.#served.get(options)
    if (frozen !== undefined || served === undefined) {
      if (frozen !== undefined) frozen.missesSignatures = true
      return { ...options, outcome: 'frozen' }
    }
    const bare = async () => ({ ...served, zone: await withoutSigning(served), remarks: [], warnings: 0 })
    const load = await this.#serve(options, bare, signed)
    this.#note('signing', options, load)
    return load
  }

  #note(work: 'reading' | 'signing', options: ZoneFileOptions, { outcome, reason }: ZoneLoad): void {
    if (reason !== undefined) this.#problems[work].set(options, reason)
    // What is read is signed too.
    else if (outcome === 'loaded') for (const done of ['signing', work] as const) this.#problems[done].delete(options)
  }

  async #load(options: ZoneFileOptions): Promise<ZoneLoad> {
    const { apex, path } = options
    if (this.#frozen.has(options)) return { apex, path, outcome: 'frozen' }
    const served = this.#served.get(options)
    const restored = served === undefined ? await this.#restore(options) : undefined
    if (restored !== undefined && (restored.outcome === 'kept' || !isChanged(restored.result?.files ?? [])))
      return restored
    const before = this.#served.get(options)
    if (before !== undefined && !isChanged(before.files)) {
      this.#problems.reading.delete(options)
      return { apex, path, outcome: 'unchanged' }
    }
    if (before?.isUpdated === true) return await this.#loadUpdated(options, before, restored)
    const load = await this.#serve(options, () => this.#read(options), before?.zone)
    this.#note('reading', options, load)
    // What is stored goes on.
    if (load.result === undefined && restored?.result !== undefined) return { ...load, result: restored.result }
    if (before === undefined || load.result === undefined) return load
    return { ...load, hasStaleSerial: !isSerialAfter(load.result.serial, before.serial) }
  }

  /** Does not read the file of a zone that updates changed: what is acknowledged is not lost to whoever edits it. */
  async #loadUpdated(options: ZoneFileOptions, before: ServedZone, restored: ZoneLoad | undefined): Promise<ZoneLoad> {
    const { apex, path } = options
    const same = sameContent(before.files)
    const written = same === undefined ? await this.#writtenFiles(options, before) : undefined
    const files = same ?? written
    if (files === undefined)
      return { ...this.#keepUpdated(options), ...(restored?.result && { result: restored.result }) }
    const next = { ...before, files, isUpdated: written === undefined }
    try {
      if (written !== undefined) await this.#storage?.note(apex, stateOf(next))
    } catch (error) {
      if (!(error instanceof ZoneFileError)) throw error
      return {
        apex,
        path,
        outcome: 'kept',
        reason: error.message,
        ...(restored?.result && { result: restored.result }),
      }
    }
    this.#served.set(options, next)
    this.#problems.reading.delete(options)
    return restored ?? { apex, path, outcome: 'unchanged' }
  }

  /** The files, when they have what is served: a freeze wrote them, and ended before it noted that. */
  async #writtenFiles(options: ZoneFileOptions, served: ServedZone): Promise<ServedZone['files'] | undefined> {
    try {
      const { zone, files } = await this.#read(options)
      const difference = await finishSliced(differenceOf(await recordsForFile(served), zone))
      if (difference === undefined || difference.removed.length + difference.added.length > 0) return undefined
      return Buffer.compare(difference.fromSoa, difference.toSoa) === 0 ? files : undefined
    } catch (error) {
      if (error instanceof ZoneFileError) return undefined
      throw error
    }
  }

  #keepUpdated(options: ZoneFileOptions): ZoneLoad {
    const { apex, path } = options
    const name = formatName(apex).replace(/(.)\.$/, '$1')
    const reason = `${path} ${EDITED}, and is not read: move it away, and "cresset dns zone freeze ${name}" writes the zone there, to be edited`
    const load = { apex, path, outcome: 'kept', reason } as const
    this.#note('reading', options, load)
    return load
  }

  /** Serves what is stored of a zone. Undefined when that is nothing. */
  async #restore(options: ZoneFileOptions): Promise<ZoneLoad | undefined> {
    const { apex, path } = options
    try {
      const stored = await this.#storage?.restore(apex)
      if (stored === undefined) return undefined
      const keys = await this.#signing?.keysOf(apex)
      const denial = this.#signing && (this.#signing.denialOf?.(apex) ?? 'chain')
      const isAlike = isSignedAlike(stored, keys, denial)
      const nowMs = Date.now()
      const version = await restoredVersion(stored, isAlike ? keys : undefined, nowMs)
      const { remark } = stored
      const result: ServedZone =
        remark === undefined
          ? version
          : { ...version, remarks: [{ severity: 'warning', message: remark }], warnings: 1 }
      if (keys !== undefined && isAlike && denial === 'compact')
        result.zone.compact = keyDenial(keys.keys, () => Math.floor(Date.now() / 1_000))
      for (const difference of stored.differences) this.#journals.get(options)?.add(difference)
      this.#show(options, result)
      const isFresh = (result.earliestExpiration ?? Number.POSITIVE_INFINITY) - nowMs / 1_000 > FRESH_SECONDS
      if (isAlike && isFresh) {
        const unwritten = await this.#tellServed(result)
        return { apex, path, outcome: 'loaded', result, ...(unwritten !== undefined && { reason: unwritten }) }
      }
      const again = await this.#resign(options, isAlike ? result.zone : undefined)
      return again.result === undefined ? again : { ...again, result: { ...again.result, remarks: result.remarks } }
    } catch (error) {
      if (!(error instanceof ZoneFileError)) throw error
      return { apex, path, outcome: 'kept', reason: error.message }
    }
  }

  async #read({ apex, path }: ZoneFileOptions): Promise<GoodZone> {
    const result = await loadZoneFile(path, apex)
    const { zone, remarks, errors } = result
    if (zone === undefined) {
      const first = remarks.find(({ severity }) => severity === 'error')
      const where = first?.line === undefined ? path : `${first.file}:${first.line}`
      throw new ZoneFileError(`${where}: ${first?.message}${errors > 1 ? `; and ${errors - 1} more` : ''}`)
    }
    if (this.#signing !== undefined && zone.signatures(zone.apexOwner, RecordType.SOA) !== undefined)
      throw new ZoneFileError(`${path} is signed already, and is not signed again`)
    if (this.#signing === undefined && this.#storage?.mayBeUpdated(apex) === true && isSignedElsewhere(zone))
      throw new ZoneFileError(`${path} is signed already: what updates change could not be signed`)
    return { ...result, zone, isUpdated: false }
  }

  /**
   * Puts what `make` gives, signed if zones are signed here, in the place of the zone as it is. Signatures of `signed` stay over what did
   * not change.
   */
  async #serve(options: ZoneFileOptions, make: () => Promise<GoodZone>, signed?: MemoryZone): Promise<ZoneLoad> {
    const { apex, path } = options
    try {
      const before = this.#served.get(options)
      const made = await this.#signed(await make(), signed, before)
      const difference = before && (await finishSliced(differenceOf(before.zone, made.zone)))
      const served = await servedVersion(made, Date.now(), difference?.zoneBytes)
      const history = this.#journals.get(options)?.all ?? []
      await this.#storage?.store({ apex, zone: served.zone, state: stateOf(served), difference, history })
      this.#show(options, served, difference)
      await this.#shorten(options, served)
      const load = { apex, path, outcome: 'loaded', result: served } as const
      const unwritten = await this.#tellServed(served)
      return unwritten === undefined ? load : { ...load, reason: unwritten }
    } catch (error) {
      if (!(error instanceof ZoneFileError)) throw error
      return { apex, path, outcome: 'kept', reason: error.message }
    }
  }

  /** Shows a version to queries, and those who take zones the way there, at once. */
  #show(options: ZoneFileOptions, served: ServedZone, difference?: ZoneDifference): void {
    this.#generation += 1
    this.#mayDiffer = true
    this.#store.replace(served.zone, this.#generation)
    if (this.#served.has(options)) this.#journals.get(options)?.add(difference)
    this.#served.set(options, served)
  }

  async #signed(result: GoodZone, previous?: MemoryZone, before?: ServedZone): Promise<SignedZone> {
    const { zone, apex } = result
    const signing = this.#signing
    if (signing === undefined) {
      // What was signed until now is another zone to secondaries.
      const isStripped = before !== undefined && before.listed.length > 0 && result.serial === before.serial
      return { ...result, serial: isStripped ? raiseSerial(zone) : result.serial, listed: [], signals: NO_SIGNALS }
    }
    const keys = await signing.keysOf(apex)
    // Updates raised the serial, and told nobody but the storage.
    const isBehind = this.#storage !== undefined && before !== undefined && !isSerialAfter(result.serial, before.serial)
    const serial = await signing.serialFor(apex, isBehind ? nextSerial(before.serial) : result.serial)
    const [soa] = zone.rrsetsAt(zone.apexOwner).filter(({ type }) => type === RecordType.SOA) as [Rrset]
    setSoaSerial(soa.rdatas[0] as Uint8Array, serial)
    zone.put(soa)
    const signals = this.#signalsIn(apex)
    for (const rrset of signals.rrsets) zone.put(rrset)
    const slice = new Slice()
    const nowSeconds = Math.floor(Date.now() / 1_000)
    const denial = signing.denialOf?.(apex)
    // A digest would be over the whole zone with each update.
    const sign = this.#storage?.mayBeUpdated(apex) === true ? signZone : signZoneWithDigest
    if (sign === signZone) zone.remove(apex, RecordType.ZONEMD)
    for (const _owner of sign(zone, { ...keys, nowSeconds, dnskeyTtl: soa.ttl, previous, denial }))
      if (slice.isOver()) await slice.next()
    if (denial === 'compact') zone.compact = keyDenial(keys.keys, () => Math.floor(Date.now() / 1_000))
    const listed = [...keys.keys, ...(keys.passing ?? [])]
    const signers = signersOf(apex, keys)
    return { ...result, serial, signers, signedBy: keys, listed, delegation: keys.delegation, signals }
  }

  /** Gives why it could not be written down that these keys sign what is served. */
  async #tellServed({ apex, zone, serial, signedBy }: ServedZone): Promise<string | undefined> {
    const signing = this.#signing
    if (signedBy === undefined || signing?.served === undefined) return undefined
    const dnskeys = zone.rrset(zone.apexOwner, RecordType.DNSKEY) as Uint8Array
    const ttls = { dnskeySeconds: ttlOf(dnskeys), greatestSeconds: await greatestTtl(zone) }
    try {
      await signing.served(apex, signedBy, ttls, serial)
      return undefined
    } catch (error) {
      if (!(error instanceof ZoneFileError)) throw error
      return error.message
    }
  }
}

/** One of these objects stands for a zone as long as it is in the list. */
interface ZoneEntryOptions extends ZoneFileOptions {
  path: string
}

const EDITED = 'was edited while the zone takes updates'
