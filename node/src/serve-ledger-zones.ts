import type { ZoneKey } from '@cresset/dns-server'
import type { LedgerQueries } from '@cresset/network-application'
import type { Logger } from 'pino'
import { signInBackground } from './background-signing.ts'
import type { DnsPlane } from './dns-plane.ts'
import type { Listen } from './folder/listen.ts'
import { LedgerZones } from './ledger-zones.ts'
import type { NodeConfiguration } from './node-configuration.ts'
import type { Resources } from './resources.ts'
import type { NameServerStatistics } from './zone-server/name-server-statistics.ts'
import { openListeners } from './zone-server/open-listeners.ts'
import { Operating } from './zone-server/operating.ts'

export interface LedgerZonesParts {
  readonly configuration: NodeConfiguration
  readonly listen: Listen
  readonly plane: DnsPlane
  readonly queries: LedgerQueries
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
  const operating = await Operating.open(
    {
      rateLimit: dns.rateLimit,
      rateLimitSlip: dns.rateLimitSlip,
      queryLog: queryLog === undefined ? undefined : { path: queryLog, sampleEvery: queryLogSample },
      control: dns.control,
      onProblem: (message) => logger.warn(message),
    },
    { zones: new LedgerZones({ plane, queries, zoneKeys, nowSeconds: () => Math.floor(Date.now() / 1_000) }) },
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
    { source: plane.source },
    operating,
    resources,
  )
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
