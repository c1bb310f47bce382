import {
  type CountBy,
  type DnsServer,
  LATENCY_BOUNDS_SECONDS,
  type Listener,
  type ListenerCounters,
  type QueryLog,
  QueryStatistics,
  type RateLimiter,
  type SecondaryReading,
  type SignatureCounters,
  type TransferCounters,
  type UpdateCounters,
} from '@cresset/dns-server'
import { formatName } from '@cresset/dns-wire'
import type { CertificateReading, DnsMetricSources, ListenerReading, ZoneReading } from '../dns-metrics.ts'
import type { StatisticsReport } from './control/protocol.ts'
import type { ServedZones } from './served-zone.ts'

/** What a name server counts, as metrics and for who asks over the control socket. */
export class NameServerStatistics implements DnsMetricSources {
  readonly statistics = new QueryStatistics()
  readonly #startedAtMs = Date.now()
  readonly #served: ServedZones
  readonly #servers: DnsServer[] = []
  readonly #secure: Listener[] = []
  #certificate: () => CertificateReading | undefined = () => undefined
  #signatures: SignatureCounters | undefined
  #zones: readonly ZoneReading[] | undefined
  #notifies: Readonly<Record<'told' | 'givenUp', number>> | undefined
  #updates: Readonly<UpdateCounters> | undefined
  #secondaries: () => readonly SecondaryReading[] = () => []
  #rateLimiter: RateLimiter | undefined
  readonly #queryLog: QueryLog | undefined
  readonly transfers: TransferCounters

  constructor(zones: ServedZones, transfers: TransferCounters, queryLog: QueryLog | undefined) {
    this.#served = zones
    this.transfers = transfers
    this.#queryLog = queryLog
  }

  add(server: DnsServer): void {
    this.#servers.push(server)
  }

  /** Listeners for TLS alone, and their certificate. */
  addSecure(listeners: readonly Listener[], certificate: () => CertificateReading | undefined): void {
    this.#secure.push(...listeners)
    this.#certificate = certificate
  }

  get certificate(): CertificateReading | undefined {
    return this.#certificate()
  }

  /** Answers that are signed for the question are counted here from now on. */
  countSignatures(counters: SignatureCounters): void {
    this.#signatures = counters
  }

  get signatures(): SignatureCounters | undefined {
    return this.#signatures
  }

  /** What it limits is counted here from now on. */
  limitBy(rateLimiter: RateLimiter): void {
    this.#rateLimiter = rateLimiter
  }

  get rateLimited() {
    return this.#rateLimiter?.counters
  }

  get queryLog() {
    return this.#queryLog?.counters
  }

  listeners(): ListenerReading[] {
    return this.#servers
      .flatMap(({ udp, tcp }): ListenerReading[] => [
        { transport: 'udp', counters: udp.counters },
        { transport: 'tcp', counters: tcp.counters },
      ])
      .concat(this.#secure.map(({ counters }) => ({ transport: 'tls', counters })))
  }

  /** Messages to secondaries are counted here from now on. */
  countNotifies(counters: Readonly<Record<'told' | 'givenUp', number>>): void {
    this.#notifies = counters
  }

  /** Updates are counted here from now on. */
  countUpdates(counters: Readonly<UpdateCounters>): void {
    this.#updates = counters
  }

  get updates() {
    return this.#updates
  }

  get notifies() {
    return this.#notifies
  }

  /** What secondaries have is told from here from now on. */
  watchSecondaries(read: () => readonly SecondaryReading[]): void {
    this.#secondaries = read
  }

  secondaries(): readonly SecondaryReading[] {
    return this.#secondaries()
  }

  /** Each metric of zones asks for them all: with many zones they are gathered once for one pass. */
  zones(): readonly ZoneReading[] {
    if (this.#zones === undefined) {
      queueMicrotask(() => {
        this.#zones = undefined
      })
      this.#zones = this.#served.status().map(({ apex, problem, ...status }) => ({
        ...status,
        zone: formatName(apex),
        hasProblem: problem !== undefined,
      }))
    }
    return this.#zones
  }

  /** What keeps resolvers from believing the answers, a line each. */
  problems(nowMs: number): string[] {
    const ended = this.zones().filter(({ earliestExpiration: end }) => end !== undefined && end * 1_000 <= nowMs)
    return ended.map(({ zone }) => `${zone}: signatures have ended`)
  }

  report(): StatisticsReport {
    const total = (key: keyof ListenerCounters): number =>
      this.listeners().reduce((sum, { counters }) => sum + counters[key], 0)
    return {
      startedAt: new Date(this.#startedAtMs).toISOString(),
      zones: this.#served.status().length,
      queries: presentCounts(this.statistics.queries()),
      responses: presentCounts(this.statistics.responses()),
      latency: Object.fromEntries(
        this.statistics.latencies().map(({ transport, cumulative, count, sumSeconds }) => [
          transport,
          {
            count,
            sumSeconds,
            buckets: LATENCY_BOUNDS_SECONDS.map((seconds, index) => ({ seconds, count: cumulative[index] ?? 0 })),
          },
        ]),
      ),
      dropped: total('dropped'),
      failures: total('failures'),
      rateLimited: this.rateLimited ?? null,
      queryLog: this.queryLog ?? null,
      transfers: { ...this.transfers },
      notifies: this.#notifies === undefined ? null : { ...this.#notifies },
      updates: this.#updates === undefined ? null : { ...this.#updates },
    }
  }
}

function presentCounts(counts: readonly CountBy[]): Record<string, Record<string, number>> {
  const found: Record<string, Record<string, number>> = { udp: {}, tcp: {} }
  for (const { transport, label, count } of counts) {
    const own = found[transport] ?? {}
    found[transport] = own
    if (count > 0) own[label] = count
  }
  return found
}
