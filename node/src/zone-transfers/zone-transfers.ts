import {
  combinedTransferSource,
  type DnsServerOptions,
  FollowedZones,
  Notifier,
  type NotifyFailure,
  newTransferCounters,
  type SecondaryReading,
  SecondaryWatch,
  type TransferCounters,
} from '@cresset/dns-server'
import { equalNames, formatName } from '@cresset/dns-wire'
import type { DnsPlane } from '../dns-plane.ts'
import { StartError } from '../start-error.ts'
import { ServedCatalog } from '../zone-server/served-catalog.ts'
import type { TransferConfiguration } from './transfer-settings.ts'

export interface ZoneTransferOptions extends TransferConfiguration {
  readonly plane: Pick<DnsPlane, 'source' | 'apexes'>
  /** Where the catalog's serial is kept. */
  readonly folder: string
  /** Told of each secondary that did not take the message of a change. */
  readonly onNotifyFailure?: (failure: NotifyFailure) => void
  /** Told why the catalog is not there, or as it was before, and why there are no versions. */
  readonly onProblem?: (message: string) => void
  /** Versions of a zone are made no more often. Default 1 s. */
  readonly intervalMs?: number
}

/** Blocks may come faster; secondaries fetch each version by a connection of its own. */
const DEFAULT_INTERVAL_MS = 1_000

/** What a node gives to secondaries: the zones of the ledger as a whole, with their changes, and a catalog of them. */
export class ZoneTransfers {
  readonly counters: TransferCounters = newTransferCounters()
  readonly #zones: FollowedZones
  readonly #catalog: ServedCatalog | undefined
  readonly #notifier: Notifier
  readonly #watch: SecondaryWatch
  readonly #options: ZoneTransferOptions

  private constructor(options: ZoneTransferOptions) {
    const { plane, catalog, folder, notify, onNotifyFailure, intervalMs = DEFAULT_INTERVAL_MS } = options
    this.#options = options
    this.#notifier = new Notifier({ targets: notify, ...(onNotifyFailure && { onGivenUp: onNotifyFailure }) })
    this.#watch = new SecondaryWatch({ targets: notify })
    this.#catalog = catalog && new ServedCatalog({ apex: catalog, folder })
    this.#zones = new FollowedZones({
      store: plane.source,
      apexes: apexesOf(options),
      onVersion: (apex, soa) => {
        this.#watch.published(apex, soa)
        this.#notifier.notify(apex, soa)
      },
      intervalMs,
    })
  }

  /** @throws StartError for zones that the ledger does not have, and for a catalog's name that cannot be one */
  static async open(options: ZoneTransferOptions): Promise<ZoneTransfers> {
    checkNames(options)
    const transfers = new ZoneTransfers(options)
    await transfers.#publishCatalog()
    transfers.update().catch((error: Error) => options.onProblem?.(`secondaries get no versions: ${error.message}`))
    return transfers
  }

  /** For `serveDns`. */
  get serving(): NonNullable<DnsServerOptions['transfers']> {
    const catalog = this.#catalog?.zone
    return {
      source: catalog === undefined ? this.#zones : combinedTransferSource(this.#zones, catalog),
      rules: this.#options.rules,
      counters: this.counters,
      ...(catalog && { hidden: catalog.source }),
    }
  }

  /** Whether any secondary is told of changes. */
  get hasSecondaries(): boolean {
    return this.#options.notify.length > 0
  }

  /** Tells the secondaries of these zones again, as far as there are versions. Gives how many secondaries there are. */
  notify(apexes: readonly Uint8Array[]): number {
    for (const apex of apexes) {
      const zone = this.#zones.zone(apex)
      if (zone !== undefined && zone !== 'not-ready' && zone.soa !== undefined) this.#notifier.notify(apex, zone.soa)
    }
    return this.#options.notify.length
  }

  /** Messages of changes. */
  get notifies(): Readonly<Record<'told' | 'givenUp', number>> {
    return this.#notifier.counters
  }

  /** What the secondaries have that are told of changes. */
  secondaries(): SecondaryReading[] {
    return this.#watch.readings()
  }

  /** To be called when zones have changed. Resolves when secondaries can take what they are now, and are being told. */
  update(): Promise<void> {
    return this.#zones.update()
  }

  /** Asks the secondaries now what they have. */
  askSecondaries(): Promise<void> {
    return this.#watch.ask()
  }

  async close(): Promise<void> {
    await this.#zones.close()
    await Promise.all([this.#notifier.close(), this.#watch.close()])
  }

  /**
   * Lists all zones, also those that cannot be taken at this moment: consumers throw away what is gone from a catalog, and a node that
   * starts, or whose key has ended, is no reason for that.
   */
  async #publishCatalog(): Promise<void> {
    const catalog = this.#catalog
    const zones = apexesOf(this.#options)
    const failed = await catalog?.list({ status: () => zones.map((apex) => ({ apex })) })
    if (failed?.reason !== undefined) this.#options.onProblem?.(failed.reason)
    const soa = catalog?.zone.soa
    // Not a view: telling goes on for a minute.
    if (catalog !== undefined && soa !== undefined) this.#notifier.notify(catalog.zone.apex, soa.slice())
  }
}

function apexesOf({ plane, zones }: ZoneTransferOptions): readonly Uint8Array[] {
  return zones ?? plane.apexes
}

function checkNames({ plane, zones = [], catalog, folder }: ZoneTransferOptions): void {
  const { apexes } = plane
  for (const zone of zones) {
    if (apexes.some((apex) => equalNames(apex, zone))) continue
    const known = apexes.map((apex) => formatName(apex)).join(', ')
    throw new StartError('configuration', `the ledger has no zone ${formatName(zone)} to give away, but ${known}`)
  }
  if (catalog === undefined) return
  if (apexes.some((apex) => equalNames(apex, catalog)))
    throw new StartError('configuration', `${formatName(catalog)} is a zone of the ledger, and cannot be the catalog`)
  try {
    new ServedCatalog({ apex: catalog, folder })
  } catch (error) {
    if (error instanceof RangeError) throw new StartError('configuration', error.message, { cause: error })
    throw error
  }
}
