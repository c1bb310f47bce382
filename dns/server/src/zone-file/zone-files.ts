import { equalNames, formatName, RecordType, type Rrset } from '@cresset/dns-wire'
import { keyDenial } from '../compact/key-denial.ts'
import { differenceOf, type ZoneDifference } from '../journal/zone-difference.ts'
import { ZoneJournal } from '../journal/zone-journal.ts'
import { setSoaSerial, ttlOf } from '../records.ts'
import { isSerialAfter } from '../serial.ts'
import type { Delegation } from '../sign/delegation-records.ts'
import { DnskeyFlags, dsRdata, type ZoneKey } from '../sign/zone-key.ts'
import type { SigningKeys, ZoneSigning } from '../sign/zone-signing.ts'
import { type MemoryZone, RrsetNames } from '../store/memory-zone.ts'
import { ZoneStore } from '../store/zone-store.ts'
import type { TransferSource } from '../transfer/transfers.ts'
import type { ZoneSource } from '../zone-source.ts'
import { signZoneWithDigest } from '../zonemd/sign-with-digest.ts'
import { isChanged, loadZoneFile, ZoneFileError, type ZoneFileResult } from './load-zone-file.ts'
import { NO_SIGNALS, type Signals, signalsOf } from './signals.ts'
import { Slice } from './slice.ts'
import { emptyZone } from './zone-builder.ts'
import { earliestExpiration, greatestTtl, keysOfZone, type ZoneKeyStatus, type ZoneStatus } from './zone-status.ts'

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
  #files: readonly ZoneEntryOptions[] = []
  /** Zones that are not served any more, for the next `load` to tell. */
  #gone: ZoneFileOptions[] = []
  readonly #served = new Map<ZoneFileOptions, ServedZone>()
  readonly #journals = new Map<ZoneFileOptions, ZoneJournal>()
  readonly #signing: ZoneSigning | undefined
  /** Zones that are left as they are, and what was to be done with them meanwhile. */
  readonly #frozen = new Map<ZoneFileOptions, { missesSignatures: boolean }>()
  /** Why the file as it is now, and why new signatures, are not served. */
  readonly #problems = { reading: new Map<ZoneFileOptions, string>(), signing: new Map<ZoneFileOptions, string>() }
  /** What zones show of others, by their apex (RFC 9615). */
  #signals: ReadonlyMap<string, Signals> = new Map()
  #generation = 0

  /** With `signing` all zones are signed here; a file that is signed already is refused then. */
  constructor(zones: readonly ZoneFileOptions[], signing?: ZoneSigning) {
    this.#signing = signing
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
    for (const options of this.#files) if (!byApex.has(formatName(options.apex))) this.#drop(options)
    const present = new Map(this.#files.map((options) => [formatName(options.apex), options]))
    this.#files = [...byApex].map(([name, given]) => {
      const options = present.get(name) ?? { ...given }
      if (options.path !== given.path) this.#move(options, given.path)
      if (!this.#journals.has(options)) this.#journals.set(options, new ZoneJournal())
      return options
    })
  }

  #drop(options: ZoneFileOptions): void {
    for (const kept of [this.#served, this.#journals, this.#frozen, this.#problems.reading, this.#problems.signing])
      kept.delete(options)
    this.#generation += 1
    this.#store.apply([{ apex: options.apex, drop: true }], this.#generation)
    this.#gone.push(options)
  }

  /** Another file: what is served goes on until that is read. */
  #move(options: ZoneEntryOptions, path: string): void {
    options.path = path
    const served = this.#served.get(options)
    if (served !== undefined) this.#served.set(options, { ...served, files: [{ path, stamp: '' }] })
  }

  get source(): ZoneSource {
    return this.#store
  }

  /** Zones as a whole, with the differences between versions: each is replaced by another one when its file changed, and does not change itself. */
  get zones(): TransferSource {
    return {
      zone: (apex) => this.#store.zone(apex),
      differences: (apex, serial) => {
        const options = this.#files.find((file) => equalNames(file.apex, apex))
        return options && this.#journals.get(options)?.since(serial)
      },
    }
  }

  /** Reads all files that changed since they were read last, one after another; each zone changes from one query to the next. */
  async load(): Promise<ZoneLoad[]> {
    const loads: ZoneLoad[] = this.#gone.map(({ apex, path }) => ({ apex, path, outcome: 'gone' }))
    this.#gone = []
    for (const options of this.#files) loads.push(await this.#load(options))
    return loads
  }

  /** The same for one zone; undefined when there is no such zone. */
  async loadOne(apex: Uint8Array): Promise<ZoneLoad | undefined> {
    const options = this.#optionsOf(apex)
    return options && this.#load(options)
  }

  /** Leaves a zone as it is, whatever becomes of its file and of its signatures. False when there is no such zone. */
  freeze(apex: Uint8Array): boolean {
    const options = this.#optionsOf(apex)
    if (options !== undefined && !this.#frozen.has(options)) this.#frozen.set(options, { missesSignatures: false })
    return options !== undefined
  }

  /** Ends that, and does what was due meanwhile. Undefined when there is no such zone. */
  async thaw(apex: Uint8Array): Promise<ZoneLoad | undefined> {
    const options = this.#optionsOf(apex)
    if (options === undefined) return undefined
    const missed = this.#frozen.get(options)?.missesSignatures === true
    this.#frozen.delete(options)
    const load = await this.#load(options)
    return load.outcome === 'unchanged' && missed ? this.#resign(options) : load
  }

  /** The zones that are served, in the order in which they were given. */
  status(): ZoneStatus[] {
    return this.#files.flatMap((options) => {
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
          problem: this.#problems.reading.get(options) ?? this.#problems.signing.get(options),
          earliestExpiration: served.earliestExpiration,
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
    if (this.#signing?.hasSignals !== true) return []
    this.#signals = signalsOf([...this.#served.values()])
    const loads: ZoneLoad[] = []
    for (const [options, { apex, zone, signals }] of [...this.#served]) {
      if (this.#frozen.has(options) || this.#signalsIn(apex).text === signals.text) continue
      loads.push(await this.#resign(options, zone))
    }
    return loads
  }

  #signalsIn(apex: Uint8Array): Signals {
    return this.#signals.get(formatName(apex)) ?? NO_SIGNALS
  }

  #optionsOf(apex: Uint8Array): ZoneFileOptions | undefined {
    return this.#files.find((options) => equalNames(options.apex, apex))
  }

  async #resign(options: ZoneFileOptions, signed?: MemoryZone): Promise<ZoneLoad> {
    const frozen = this.#frozen.get(options)
    const served = this.#served.get(options)
    if (frozen !== undefined || served === undefined) {
      if (frozen !== undefined) frozen.missesSignatures = true
      return { ...options, outcome: 'frozen' }
    }
    const bare = async () => ({ ...served, zone: await withoutSignatures(served), remarks: [], warnings: 0 })
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
    const before = this.#served.get(options)
    if (before !== undefined && !isChanged(before.files)) {
      this.#problems.reading.delete(options)
      return { apex, path, outcome: 'unchanged' }
    }
    const load = await this.#serve(options, () => this.#read(options), before?.zone)
    this.#note('reading', options, load)
    if (before === undefined || load.result === undefined) return load
    return { ...load, hasStaleSerial: !isSerialAfter(load.result.serial, before.serial) }
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
    return { ...result, zone }
  }

  /**
   * Puts what `make` gives, signed if zones are signed here, in the place of the zone as it is. Signatures of `signed` stay over what did
   * not change.
   */
  async #serve(options: ZoneFileOptions, make: () => Promise<GoodZone>, signed?: MemoryZone): Promise<ZoneLoad> {
    const { apex, path } = options
    try {
      const before = this.#served.get(options)
      const made = await this.#signed(await make(), signed)
      const nowMs = Date.now()
      const earliest = await earliestExpiration(made.zone, Math.floor(nowMs / 1_000))
      const served = {
        ...made,
        loadedAtMs: nowMs,
        earliestExpiration: earliest,
        keyStatus: keysOfZone(made.zone, made.listed),
      }
      const difference = before && (await compare(before.zone, served.zone))
      // At once: the journal leads to the zone that is there.
      this.#generation += 1
      this.#store.replace(served.zone, this.#generation)
      this.#journals.get(options)?.add(difference)
      this.#served.set(options, served)
      const load = { apex, path, outcome: 'loaded', result: served } as const
      const unwritten = await this.#tellServed(served)
      return unwritten === undefined ? load : { ...load, reason: unwritten }
    } catch (error) {
      if (!(error instanceof ZoneFileError)) throw error
      return { apex, path, outcome: 'kept', reason: error.message }
    }
  }

  async #signed(result: GoodZone, previous?: MemoryZone): Promise<SignedZone> {
    const { zone, apex } = result
    if (this.#signing === undefined) return { ...result, listed: [], signals: NO_SIGNALS }
    const keys = await this.#signing.keysOf(apex)
    const serial = await this.#signing.serialFor(apex, result.serial)
    const [soa] = zone.rrsetsAt(zone.apexOwner).filter(({ type }) => type === RecordType.SOA) as [Rrset]
    setSoaSerial(soa.rdatas[0] as Uint8Array, serial)
    zone.put(soa)
    const signals = this.#signalsIn(apex)
    for (const rrset of signals.rrsets) zone.put(rrset)
    const slice = new Slice()
    const nowSeconds = Math.floor(Date.now() / 1_000)
    const denial = this.#signing.denialOf?.(apex)
    const signing = signZoneWithDigest(zone, { ...keys, nowSeconds, dnskeyTtl: soa.ttl, previous, denial })
    for (const _owner of signing) if (slice.isOver()) await slice.next()
    if (denial === 'compact') zone.compact = keyDenial(keys.keys, () => Math.floor(Date.now() / 1_000))
    const listed = [...keys.keys, ...(keys.passing ?? [])]
    const signers = keys.keys
      .filter(({ flags }) => flags === DnskeyFlags.entryPoint)
      .map(({ dnskey }) => dsRdata(apex, dnskey))
    return { ...result, serial, signers, signedBy: keys, listed, delegation: keys.delegation, signals }
  }

  /** Gives why it could not be written down that these keys sign what is served. */
  async #tellServed({ apex, zone, signedBy }: ServedZone): Promise<string | undefined> {
    const signing = this.#signing
    if (signedBy === undefined || signing?.served === undefined) return undefined
    const dnskeys = zone.rrset(zone.apexOwner, RecordType.DNSKEY) as Uint8Array
    const ttls = { dnskeySeconds: ttlOf(dnskeys), greatestSeconds: await greatestTtl(zone) }
    try {
      await signing.served(apex, signedBy, ttls)
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

interface GoodZone extends ZoneFileResult {
  readonly zone: MemoryZone
}

interface SignedZone extends GoodZone {
  /** With which it was signed here. */
  readonly signedBy?: SigningKeys
  /** Those of them, in whichever part, that stand in its DNSKEY records. */
  readonly listed: readonly ZoneKey[]
  readonly delegation?: Delegation | undefined
  /** What it shows of other zones. */
  readonly signals: Signals
}

interface ServedZone extends SignedZone {
  readonly loadedAtMs: number
  readonly earliestExpiration: number | undefined
  readonly keyStatus: readonly ZoneKeyStatus[]
}

async function compare(before: MemoryZone, after: MemoryZone): Promise<ZoneDifference | undefined> {
  const slice = new Slice()
  const steps = differenceOf(before, after)
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done === true) return step.value
    if (slice.isOver()) await slice.next()
  }
}

/** A copy of the zone as it was before it was signed here. */
async function withoutSignatures({ zone, apex, listed, signals }: ServedZone): Promise<MemoryZone> {
  const copy = emptyZone(apex)
  const slice = new Slice()
  const shown = new RrsetNames(signals.rrsets)
  for (const rrset of zone.rrsets()) {
    if (slice.isOver()) await slice.next()
    if (rrset.type === RecordType.RRSIG || rrset.type === RecordType.NSEC) continue
    if (shown.typesOf(rrset.owner)?.has(rrset.type) === true) continue
    const isOwn = (rdata: Uint8Array): boolean => listed.some(({ dnskey }) => Buffer.compare(dnskey, rdata) === 0)
    const rdatas = rrset.type === RecordType.DNSKEY ? rrset.rdatas.filter((rdata) => !isOwn(rdata)) : rrset.rdatas
    if (rdatas.length > 0) copy.put({ ...rrset, rdatas })
  }
  return copy
}
