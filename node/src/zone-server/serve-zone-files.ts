import {
  combinedTransferSource,
  formatNotifyTarget,
  isSerialAfter,
  Notifier,
  type NotifyFailure,
  type NotifyTarget,
  type SecondaryReading,
  SecondaryWatch,
  type TransferCounters,
  type TransferRules,
  ZoneFileError,
  type ZoneFileOptions,
  ZoneFiles,
  type ZoneLoad,
} from '@cresset/dns-server'
import { equalNames, formatName, RecordType } from '@cresset/dns-wire'
import { Resources } from '../resources.ts'
import { StartError } from '../start-error.ts'
import { holdFolders, type OwnFolder } from './held-folder.ts'
import { KeyRolls } from './keys/key-rolls.ts'
import { type ListenersOptions, type OpenListeners, openListeners } from './open-listeners.ts'
import { Operating, type OperatingOptions } from './operating.ts'
import { ServedCatalog } from './served-catalog.ts'
import { readZoneListFile } from './zone-list-file.ts'
import { type ZoneLists, ZoneOperations } from './zone-operations.ts'
import { ZoneSigningFolder, type ZoneSigningOptions } from './zone-signing.ts'
import { updatedZones, updateServer, type ZoneUpdateOptions, zoneStorage } from './zone-updates.ts'

export interface ZoneServerOptions extends OperatingOptions, ListenersOptions, ZoneUpdateOptions {
  readonly zones: readonly ZoneFileOptions[]
  /** Path of a file with more of them (`readZoneListFile`), read again by `reload`. */
  readonly zoneList?: string | undefined
  /** Sign the zones, with keys in this folder. */
  readonly keyFolder?: string | undefined
  /** How keys are made and replaced, and what the zones above are told of them. */
  readonly signing?: ZoneSigningOptions | undefined
  /** Told of what became of zones that were signed again by themselves, or read because a command asked for it. */
  readonly onResigned?: (loads: readonly ZoneLoad[]) => void
  /** Who may take the zones as a whole, by TSIG key or by address. */
  readonly transfers?: TransferRules | undefined
  /** What was given to them is counted here. */
  readonly transferCounters?: TransferCounters | undefined
  /** Secondaries that are told of new serials (RFC 1996). */
  readonly notify?: readonly NotifyTarget[] | undefined
  /** Told of each that did not take the message. */
  readonly onNotifyFailure?: (failure: NotifyFailure) => void
  /** A catalog zone that lists the others (RFC 9432), for those who may take them: its lower-case wire name, and where its serial is kept. */
  readonly catalog?: { readonly apex: Uint8Array; readonly folder: string } | undefined
}

export interface ZoneServer extends OpenListeners {
  /** `HOST:PORT` of the metrics. */
  readonly metrics: string | undefined
  /** Path of the control socket. */
  readonly control: string | undefined
  /** What became of each zone at the start. */
  readonly loads: readonly ZoneLoad[]
  /** Reads the files that changed, and begins the query log anew. Queries are answered meanwhile, from the zones as they were. */
  reload(): Promise<readonly ZoneLoad[]>
  stop(): Promise<void>
}

/**
 * Answers from master files, without a ledger. Nothing is served unless all zones can be.
 * @throws StartError
 */
export async function serveZoneFiles(options: ZoneServerOptions): Promise<ZoneServer> {
  const resources = new Resources()
  try {
    return await assemble(options, resources)
  } catch (error) {
    await resources.close()
    throw error
  }
}

async function assemble(options: ZoneServerOptions, resources: Resources): Promise<ZoneServer> {
  const { keyFolder } = options
  resources.add(await holdFolders(ownFolders(options)))
  const signing = keyFolder === undefined ? undefined : new ZoneSigningFolder(keyFolder, options.signing)
  // No key takes a step before it is known what secondaries have.
  if (signing !== undefined && (options.notify ?? []).length > 0)
    signing.keys.lacking = () => 'the secondaries, which were not asked yet'
  let files = await zonesOf(options)
  const storage = zoneStorage(options, () => files)
  const zones = resources.add(orStartError(() => new ZoneFiles(files, signing, storage)))
  const catalog = openCatalog(options)
  const lists: ZoneLists = {
    async read() {
      const given = await zonesOf(options)
      // A list with which this could not start again is not taken.
      updatedZones(options.updates?.grants ?? [], given)
      orStartError(() => zones.setZones(given))
      files = given
    },
    async publish() {
      const failed = await catalog?.list(zones)
      return failed === undefined ? [] : [failed]
    },
  }
  const loads = [...withSignals(await zones.load(), await zones.signal()), ...(await lists.publish())]
  // A zone may go on as it is stored.
  const failed = loads.find(({ apex, outcome }) => outcome === 'kept' && zones.zones.zone(apex) === undefined)
  if (failed !== undefined) throw new StartError('configuration', failed.reason ?? 'a zone cannot be served')
  let tell: (loads: readonly ZoneLoad[]) => void = () => undefined
  const operations = resources.add(new ZoneOperations(zones, (changed) => tell(changed), lists, signing?.keys))
  const operating = await Operating.open(
    options,
    operatingSources(options, operations, (told) => tell(told)),
    resources,
  )
  const { transfers, updates } = options
  const { transferCounters } = operating
  const given = {
    source: catalog === undefined ? zones.zones : combinedTransferSource(zones.zones, catalog.zone),
    ...(transferCounters && { counters: transferCounters }),
    ...(catalog && { hidden: catalog.zone.source }),
  }
  const onFailure = (loads: readonly ZoneLoad[]): void => options.onResigned?.(loads)
  const updater = updates && updateServer(updates, zones, operations, onFailure)
  if (updater !== undefined) operating.statistics.countUpdates(updater.counters)
  const answering = {
    source: zones.source,
    ...(updater && { updates: updater }),
    ...(transfers === undefined ? {} : { transfers: { rules: transfers, ...given } }),
  }
  const opened = await openListeners(options, '--listen', answering, operating, resources)
  const operatingAt = await operating.listen(resources)
  const { tell: tellSecondaries, counters, watch } = notifying(options, zones, catalog, resources)
  tell = tellSecondaries
  if (options.notify !== undefined && options.notify.length > 0) {
    operating.statistics.countNotifies(counters)
    operating.statistics.watchSecondaries(() => watch.readings())
  }
  tell(loads)
  if (signing !== undefined) {
    const onResigned = (again: readonly ZoneLoad[]): void => options.onResigned?.(again)
    void operations.signDaily(onResigned)
    const resign = (apex: Uint8Array): Promise<readonly ZoneLoad[]> => operations.resignOne(apex)
    const look = async (): Promise<void> => {
      await watch.ask()
      signing.keys.lacking = (apex, serial) => lackingAmong(watch.readings(), apex, serial)
    }
    const rolls = resources.add(new KeyRolls({ keys: signing.keys, resign, look, tell: onResigned }))
    signing.keys.onRoll = () => rolls.wake()
    rolls.wake()
  }
  return {
    ...opened,
    ...operatingAt,
    loads,
    async reload() {
      await operating.reopenLog()
      await opened.reloadCertificate()
      return operations.reload()
    },
    stop: () => resources.close(),
  }
}

/** From one message about a zone to the next. */
const NOTIFY_REST_MS = 250

/** The first secondary that has an older version than the one with this serial; of those that never answered nobody knows. */
function lackingAmong(readings: readonly SecondaryReading[], apex: Uint8Array, serial: number): string | undefined {
  const late = readings.find(
    (reading) =>
      equalNames(reading.apex, apex) &&
      reading.serial !== undefined &&
      reading.serial !== serial &&
      !isSerialAfter(reading.serial, serial),
  )
  return late && `${formatNotifyTarget(late.target)}, which has serial ${late.serial} and not ${serial}`
}

/** What became of zones, of which some were signed once more for what they show of others. */
function withSignals(loads: readonly ZoneLoad[], again: readonly ZoneLoad[]): ZoneLoad[] {
  return loads.map((load) => {
    const later = again.find(({ apex }) => equalNames(apex, load.apex))
    if (later === undefined) return load
    const { result } = load
    return { ...later, ...(later.result && { result: { ...later.result, remarks: result?.remarks ?? [] } }) }
  })
}

function ownFolders({ keyFolder, catalog, journal }: ZoneServerOptions): OwnFolder[] {
  const folders: OwnFolder[] = []
  if (keyFolder !== undefined) folders.push({ flag: '--keys', folder: keyFolder, content: 'the keys' })
  if (catalog !== undefined)
    folders.push({ flag: '--keys', folder: catalog.folder, content: 'the serial of the catalog' })
  if (journal !== undefined)
    folders.push({ flag: '--journal', folder: journal, content: 'the zones as they are served' })
  return folders
}

function operatingSources(
  { notify = [], onResigned, transferCounters }: ZoneServerOptions,
  operations: ZoneOperations,
  tell: (loads: readonly ZoneLoad[]) => void,
) {
  const notifyAll = (apexes: readonly Uint8Array[]): number => {
    tell(apexes.map((apex) => ({ apex, path: '', outcome: 'loaded' })))
    return notify.length
  }
  const tellAll = notify.length === 0 ? undefined : notifyAll
  return { zones: operations, files: operations, transferCounters, onLoads: onResigned, notify: tellAll }
}

/**
 * Tells the secondaries of the catalog and of each zone that has a new serial: at the start of all, since they may have changed
 * meanwhile.
 */
function notifying(
  { notify = [], onNotifyFailure }: ZoneServerOptions,
  zones: ZoneFiles,
  catalog: ServedCatalog | undefined,
  resources: Resources,
): { tell: (loads: readonly ZoneLoad[]) => void; counters: Notifier['counters']; watch: SecondaryWatch } {
  // A burst of updates is one change to secondaries.
  const restMs = NOTIFY_REST_MS
  const notifier = new Notifier({ targets: notify, restMs, ...(onNotifyFailure && { onGivenUp: onNotifyFailure }) })
  resources.add(notifier)
  const watch = resources.add(new SecondaryWatch({ targets: notify }))
  let toldSoa: Uint8Array | undefined
  const tell = (loads: readonly ZoneLoad[]): void => {
    // The catalog first: a secondary may know a zone only when it has that.
    const soa = catalog?.zone.soa?.slice()
    const isNew = soa !== undefined && (toldSoa === undefined || Buffer.compare(soa, toldSoa) !== 0)
    if (isNew && catalog !== undefined) notifier.notify(catalog.zone.apex, soa)
    toldSoa = soa
    for (const { apex, outcome, hasStaleSerial } of loads) {
      const zone = outcome === 'loaded' && hasStaleSerial !== true ? zones.zones.zone(apex) : undefined
      const soa = zone?.rrset(zone.apexOwner, RecordType.SOA)
      if (outcome === 'gone') watch.ended(apex)
      if (soa === undefined) continue
      watch.published(apex, soa)
      notifier.notify(apex, soa.slice())
    }
  }
  return { tell, counters: notifier.counters, watch }
}

/** All zones that there are to be now. */
async function zonesOf({ zones, zoneList, catalog }: ZoneServerOptions): Promise<ZoneFileOptions[]> {
  const all = [...zones, ...(zoneList === undefined ? [] : await readZoneListFile(zoneList))]
  if (catalog !== undefined && all.some(({ apex }) => equalNames(apex, catalog.apex)))
    throw new StartError(
      'configuration',
      `${formatName(catalog.apex)} cannot be a zone with a file and the catalog at once`,
    )
  return all
}

function openCatalog({ catalog }: ZoneServerOptions): ServedCatalog | undefined {
  if (catalog === undefined) return undefined
  try {
    return new ServedCatalog(catalog)
  } catch (error) {
    if (error instanceof RangeError) throw new StartError('configuration', error.message, { cause: error })
    throw error
  }
}

function orStartError<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof ZoneFileError) throw new StartError('configuration', error.message, { cause: error })
    throw error
  }
}
