import { join } from 'node:path'
import { formatNotifyTarget, type ZoneKey } from '@cresset/dns-server'
import { formatName } from '@cresset/dns-wire'
import type { LedgerApplication, LedgerQueries } from '@cresset/network-application'
import type { Logger } from 'pino'
import { signInBackground } from './background-signing.ts'
import type { DnsPlane } from './dns-plane.ts'
import type { Listen } from './folder/listen.ts'
import { LedgerZones } from './ledger-zones.ts'
import type { NodeConfiguration } from './node-configuration.ts'
import type { Resources } from './resources.ts'
import { StartError } from './start-error.ts'
import type { NameServerStatistics } from './zone-server/name-server-statistics.ts'
import { openListeners } from './zone-server/open-listeners.ts'
import { Operating } from './zone-server/operating.ts'
import { readTransfers } from './zone-transfers/transfer-settings.ts'
import { ZoneTransfers } from './zone-transfers/zone-transfers.ts'

export interface LedgerZonesParts {
  readonly configuration: NodeConfiguration
  readonly listen: Listen
  readonly plane: DnsPlane
  readonly queries: LedgerQueries
  /** Of the blocks that `plane` shows; it is told of each before the name server. */
  readonly feed: LedgerApplication['feed']
  readonly zoneKeys: readonly ZoneKey[]
  readonly logger: Logger
}

/** A node's name server. */
export interface LedgerNameServer {
  /** `HOST:PORT` */
  readonly endpoint: string
  /** The same of the places for proxies. */
  readonly proxyEndpoints: readonly string[]
  /** Path of the control socket. */
  readonly control: string | undefined
  readonly statistics: NameServerStatistics
  /** Begins the query log anew, after its file was moved away. */
  reopenLog(): Promise<void>
}

/** Answers from the ledger, guarded and watched like a name server of zone files. Closed with `resources`. @throws StartError */
export async function serveLedgerZones(parts: LedgerZonesParts, resources: Resources): Promise<LedgerNameServer> {
  const { configuration, listen, plane, queries, zoneKeys, logger } = parts
  const { dns = {}, name } = configuration
  const { proxyListen, proxyFrom = [], queryLog, queryLogSample = 1 } = dns
  const transfers = await openTransfers(parts, resources)
  const operating = await Operating.open(
    {
      rateLimit: dns.rateLimit,
      rateLimitSlip: dns.rateLimitSlip,
      queryLog: queryLog === undefined ? undefined : { path: queryLog, sampleEvery: queryLogSample },
      control: dns.control,
      onProblem: (message) => logger.warn(message),
    },
    {
      zones: new LedgerZones({
        plane,
        queries,
        genesisTimeMs: configuration.genesis.timeMs,
        zoneKeys,
        nowSeconds: () => Math.floor(Date.now() / 1_000),
      }),
      transferCounters: transfers?.counters,
      notify: transfers?.hasSecondaries === true ? (apexes) => transfers.notify(apexes) : undefined,
    },
    resources,
  )
  const { endpoints, proxyEndpoints } = await openListeners(
    {
      listen: [listen],
      proxied: proxyListen && { listen: proxyListen, from: proxyFrom },
      maxUdpBytes: dns.maxUdpSize,
      nsid: dns.nsid ?? name,
    },
    '--dns-port',
    { source: plane.source, ...(transfers && { transfers: transfers.serving }) },
    operating,
    resources,
  )
  if (transfers?.hasSecondaries === true) {
    operating.statistics.countNotifies(transfers.notifies)
    operating.statistics.watchSecondaries(() => transfers.secondaries())
  }
  const { control } = await operating.listen(resources)
  resources.add(signInBackground(() => plane.signAll()))
  return {
    endpoint: endpoints[0] as string,
    proxyEndpoints,
    control,
    statistics: operating.statistics,
    reopenLog: () => operating.reopenLog(),
  }
}

/** Undefined when nobody may take the zones as a whole. */
async function openTransfers(parts: LedgerZonesParts, resources: Resources): Promise<ZoneTransfers | undefined> {
  const { configuration, plane, feed, logger } = parts
  const read = await readTransfers(configuration.dns ?? {})
  if (read === undefined) return undefined
  const { dataFolder } = configuration
  if (read.catalog !== undefined && dataFolder === undefined)
    throw new StartError('configuration', 'a catalog needs a folder in which its serial is kept')
  const transfers = await ZoneTransfers.open({
    ...read,
    plane,
    folder: join(dataFolder ?? '.', 'catalog'),
    onNotifyFailure: ({ apex, serial, target, reason }) =>
      logger.warn(
        { zone: formatName(apex), serial, secondary: formatNotifyTarget(target), reason },
        'a secondary was not told',
      ),
    onProblem: (message) => logger.warn(message),
  })
  resources.add(transfers)
  const update = (): void => {
    transfers
      .update()
      .catch((error: Error) => logger.error({ error: error.message }, 'secondaries get no new versions'))
  }
  feed.onCommit(update)
  feed.onJump(update)
  return transfers
}
