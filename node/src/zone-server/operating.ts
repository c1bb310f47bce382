import {
  DEFAULT_SLIP,
  type DnsServerOptions,
  newTransferCounters,
  RateLimiter,
  ServerCookies,
  type TransferCounters,
  type ZoneLoad,
} from '@cresset/dns-server'
import { isLoopback } from '@cresset/network-membership'
import { collectDefaultMetrics, Registry } from 'prom-client'
import { registerDnsMetrics } from '../dns-metrics.ts'
import type { Listen } from '../folder/listen.ts'
import { listening } from '../listening.ts'
import type { Resources } from '../resources.ts'
import { serveControl } from './control/serve-control.ts'
import { ZoneControl } from './control/zone-control.ts'
import { serveMetrics } from './metrics-endpoint.ts'
import { NameServerStatistics } from './name-server-statistics.ts'
import { type OpenQueryLog, openQueryLog, type QueryLogSettings } from './open-query-log.ts'
import type { ServedZones, ZoneFileWork } from './served-zone.ts'

/** How a name server is protected, watched and spoken to. */
export interface OperatingOptions {
  /**
   * Responses a second by UDP, to one network and of one kind; 0: as many as come. Default: 200 where others than this machine can
   * ask, as NSD has it.
   */
  readonly rateLimit?: number | undefined
  /** Each so-manieth response over the limit goes out truncated. Default 2. */
  readonly rateLimitSlip?: number | undefined
  readonly queryLog?: QueryLogSettings | undefined
  /** Where metrics are read, by plain HTTP. */
  readonly metrics?: Listen | undefined
  /** Path of the Unix socket over which this user's commands reach the server. */
  readonly control?: string | undefined
  /** Told, a line each, of what does not stop the server. */
  readonly onProblem?: ((message: string) => void) | undefined
}

/** Who asks from this machine's own addresses is no victim of forged ones. */
const DEFAULT_RATE_LIMIT = 200

export interface OperatingSources {
  readonly zones: ServedZones
  /** What commands do with the files of the zones; undefined for zones that have none. */
  readonly files?: ZoneFileWork | undefined
  readonly transferCounters?: TransferCounters | undefined
  /** Told of what became of zones when it was asked for over the control socket. */
  readonly onLoads?: ((loads: readonly ZoneLoad[]) => void) | undefined
  /** Tells all secondaries of these zones; undefined without secondaries. */
  readonly notify?: ((apexes: readonly Uint8Array[]) => number) | undefined
}

/** What all listeners of one name server share. */
export class Operating {
  readonly statistics: NameServerStatistics
  readonly transferCounters: TransferCounters
  readonly #serving: Pick<DnsServerOptions, 'cookies' | 'onAnswered'>
  #rateLimiter: RateLimiter | undefined
  readonly #options: OperatingOptions
  readonly #sources: OperatingSources
  readonly #queryLog: OpenQueryLog | undefined

  private constructor(options: OperatingOptions, sources: OperatingSources, queryLog: OpenQueryLog | undefined) {
    this.#options = options
    this.#sources = sources
    this.#queryLog = queryLog
    this.transferCounters = sources.transferCounters ?? newTransferCounters()
    this.statistics = new NameServerStatistics(sources.zones, this.transferCounters, queryLog?.log)
    const { statistics } = this.statistics
    const log = queryLog?.log.observe
    this.#serving = {
      cookies: new ServerCookies(),
      onAnswered(query, response, transport, client, durationMs, sentBytes) {
        statistics.count(query, response, transport, durationMs)
        log?.(query, response, transport, client, durationMs, sentBytes)
      },
    }
  }

  /** @throws StartError when the log cannot be written */
  static async open(options: OperatingOptions, sources: OperatingSources, resources: Resources): Promise<Operating> {
    const { queryLog, onProblem = () => undefined } = options
    const log = queryLog && resources.add(await openQueryLog(queryLog, onProblem))
    return new Operating(options, sources, log)
  }

  /** For `serveDns` at one place. Clients of proxies are others than this machine. */
  serving(at: Listen, isForProxies: boolean): Pick<DnsServerOptions, 'cookies' | 'rateLimiter' | 'onAnswered'> {
    const rateLimiter = this.#limiter(isForProxies || !isLoopback(at.host))
    return { ...this.#serving, ...(rateLimiter && { rateLimiter }) }
  }

  /** One for all listeners: what a network gets does not grow with their number. */
  #limiter(isPublic: boolean): RateLimiter | undefined {
    const { rateLimit = isPublic ? DEFAULT_RATE_LIMIT : 0, rateLimitSlip: slip = DEFAULT_SLIP } = this.#options
    if (rateLimit === 0) return undefined
    this.#rateLimiter ??= new RateLimiter({ responsesPerSecond: rateLimit, slip, nowMs: () => performance.now() })
    this.statistics.limitBy(this.#rateLimiter)
    return this.#rateLimiter
  }

  /** Opens the places where the server is asked about itself. @throws StartError */
  async listen(resources: Resources): Promise<{ metrics: string | undefined; control: string | undefined }> {
    const { metrics, control, onProblem } = this.#options
    const failed = (what: string) => (error: Error) => onProblem?.(`${what} failed: ${error.message}`)
    let endpoint: string | undefined
    if (metrics !== undefined) {
      const registry = new Registry()
      collectDefaultMetrics({ register: registry })
      registerDnsMetrics(registry, () => this.statistics)
      const problems = (): string[] => this.statistics.problems(Date.now())
      const served = await listening('the metrics', '--metrics', metrics, () =>
        serveMetrics({
          listen: metrics,
          metrics: () => registry.metrics(),
          problems,
          onFailure: failed('the metrics'),
        }),
      )
      endpoint = resources.add(served).endpoint
    }
    if (control !== undefined) {
      const { statistics } = this
      const handler = new ZoneControl({
        ...this.#sources,
        statistics: () => statistics.report(),
        secondaries: () => statistics.secondaries(),
      })
      const handle = handler.handle.bind(handler)
      resources.add(await serveControl({ path: control, handle, onFailure: failed('a command') }))
    }
    return { metrics: endpoint, control }
  }

  /** Begins the query log anew, after its file was moved away. */
  async reopenLog(): Promise<void> {
    await this.#queryLog
      ?.reopen()
      .catch((error: Error) =>
        this.#options.onProblem?.(`the query log goes on in the file from before: ${error.message}`),
      )
  }
}
