import {
  type CountBy,
  formatNotifyTarget,
  LATENCY_BOUNDS_SECONDS,
  type LatencyHistogram,
  type ListenerCounters,
  type QueryStatistics,
  type SecondaryReading,
  type SignatureCounters,
  type TransferCounters,
  type TransportName,
  type UpdateCounters,
} from '@cresset/dns-server'
import { formatName } from '@cresset/dns-wire'
import { Counter, Gauge, type Metric, type Registry } from 'prom-client'

/** One zone as metrics tell of it; what is not known is left out. */
export interface ZoneReading {
  /** With the dot at its end. */
  readonly zone: string
  readonly serial: number | undefined
  readonly records?: number | undefined
  readonly rrsets?: number | undefined
  /** Since 1970. */
  readonly loadedAtMs?: number | undefined
  /** Seconds since 1970. */
  readonly earliestExpiration?: number | undefined
  readonly anchorExpiration?: number | undefined
  readonly isFrozen?: boolean
  readonly hasProblem?: boolean
}

export interface ListenerReading {
  readonly transport: TransportName
  readonly counters: Readonly<ListenerCounters>
}

export interface CertificateReading {
  readonly file: string
  readonly endsAtMs: number
}

/** Where the numbers come from; all are read when they are asked for. */
export interface DnsMetricSources {
  readonly statistics: QueryStatistics
  listeners(): readonly ListenerReading[]
  zones(): readonly ZoneReading[]
  readonly rateLimited?: { readonly truncated: number; readonly dropped: number } | undefined
  readonly queryLog?: { readonly written: number; readonly dropped: number } | undefined
  readonly transfers?: TransferCounters | undefined
  readonly notifies?: { readonly told: number; readonly givenUp: number } | undefined
  readonly updates?: Readonly<UpdateCounters> | undefined
  /** Answers with denials that are signed for the question. */
  readonly signatures?: SignatureCounters | undefined
  /** Of TLS: its file, and since 1970, when it is good no more. */
  readonly certificate?: CertificateReading | undefined
  secondaries?(): readonly SecondaryReading[]
}

interface Sample {
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** Adds the metrics of a name server; none has a value while `sources` gives undefined. */
export function registerDnsMetrics(registry: Registry, sources: () => DnsMetricSources | undefined): void {
  type Read = (from: DnsMetricSources) => readonly Sample[]
  const samples = (read: Read): readonly Sample[] => {
    const from = sources()
    return from === undefined ? [] : read(from)
  }
  const counter = (name: string, help: string, labelNames: string[], read: Read): void => {
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset()
        for (const { labels, value } of samples(read)) this.inc(labels, value)
      },
    })
  }
  const gauge = (name: string, help: string, labelNames: string[], read: Read): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        // A zone that is gone is no longer told of.
        this.reset()
        for (const { labels, value } of samples(read)) this.set(labels, value)
      },
    })
  }
  const by = (label: string, counts: readonly CountBy[]): Sample[] =>
    counts.map(({ transport, label: of, count }) => ({ labels: { transport, [label]: of }, value: count }))
  const ofListeners = (from: DnsMetricSources, key: keyof ListenerCounters): Sample[] =>
    from.listeners().map(({ transport, counters }) => ({ labels: { transport }, value: counters[key] }))
  const each = (label: string, counts: object | undefined): Sample[] =>
    Object.entries(counts ?? {}).map(([of, value]: [string, number]) => ({ labels: { [label]: of }, value }))
  const ofZones = (from: DnsMetricSources, value: (zone: ZoneReading) => number | undefined): Sample[] =>
    from.zones().flatMap((reading) => {
      const known = value(reading)
      return known === undefined ? [] : [{ labels: { zone: reading.zone }, value: known }]
    })

  counter(
    'cresset_dns_queries_total',
    'Queries, by type; types that are rare, and what is no query, are "other"',
    ['transport', 'type'],
    ({ statistics }) => by('type', statistics.queries()),
  )
  counter('cresset_dns_responses_total', 'Responses, by response code', ['transport', 'rcode'], ({ statistics }) =>
    by('rcode', statistics.responses()),
  )
  registerHistogram(registry, () => sources()?.statistics.latencies() ?? [])
  counter(
    'cresset_dns_rate_limited_total',
    'Responses by UDP over the limit of a network, sent truncated or dropped',
    ['action'],
    ({ rateLimited }) => each('action', rateLimited),
  )
  counter(
    'cresset_dns_dropped_total',
    'Not answered: a queue was full, there were too many connections, the header of a proxy was missing, or TLS did not come about',
    ['transport'],
    (from) => ofListeners(from, 'dropped'),
  )
  counter('cresset_dns_failures_total', 'Queries that ended in a fault of the program', ['transport'], (from) =>
    ofListeners(from, 'failures'),
  )
  counter(
    'cresset_dns_transfers_total',
    'Transfers of zones: whole, changes alone, only the SOA because there was nothing newer, refused',
    ['outcome'],
    ({ transfers }) => each('outcome', transfers),
  )
  counter(
    'cresset_dns_notifies_total',
    'Messages of new serials to secondaries (RFC 1996), answered or given up',
    ['outcome'],
    ({ notifies }) => each('outcome', notifies),
  )
  counter(
    'cresset_dns_updates_total',
    'Dynamic updates (RFC 2136): the zone was changed, it was as it was to be or a prerequisite was not met, refused, failed or too many',
    ['outcome'],
    ({ updates }) => each('outcome', updates),
  )
  counter(
    'cresset_dns_compact_denials_total',
    'Answers with denials that are signed for the question (RFC 9824): completed, refused because too many waited, given up late, failed',
    ['outcome'],
    ({ signatures }) => each('outcome', signatures),
  )
  gauge(
    'cresset_dns_tls_certificate_expiry_timestamp_seconds',
    'When the certificate of TLS ends',
    ['file'],
    ({ certificate }) =>
      certificate === undefined ? [] : [{ labels: { file: certificate.file }, value: certificate.endsAtMs / 1_000 }],
  )
  const ofSecondaries = (from: DnsMetricSources, read: (reading: SecondaryReading) => number | undefined): Sample[] =>
    (from.secondaries?.() ?? []).flatMap((reading) => {
      const value = read(reading)
      const labels = { zone: formatName(reading.apex), secondary: formatNotifyTarget(reading.target) }
      return value === undefined ? [] : [{ labels, value }]
    })
  gauge(
    'cresset_dns_secondary_serial',
    'Serial that a secondary answered with when it was asked last',
    ['zone', 'secondary'],
    (from) => ofSecondaries(from, ({ serial }) => serial),
  )
  gauge(
    'cresset_dns_secondary_lag_seconds',
    'How long there has been a version of the zone that the secondary is not known to have; 0: it has the newest',
    ['zone', 'secondary'],
    (from) => ofSecondaries(from, ({ lagSeconds }) => lagSeconds),
  )
  counter(
    'cresset_dns_query_log_lines_total',
    'Lines of the query log, written or dropped because the disk was too slow',
    ['outcome'],
    ({ queryLog }) => each('outcome', queryLog),
  )
  gauge('cresset_dns_zone_serial', 'Serial that is served', ['zone'], (from) => ofZones(from, ({ serial }) => serial))
  gauge('cresset_dns_zone_records', 'Records of its file', ['zone'], (from) => ofZones(from, ({ records }) => records))
  gauge(
    'cresset_dns_zone_rrsets',
    'Sets of records of one name and type in a zone of the ledger; signatures over one are a set',
    ['zone'],
    (from) => ofZones(from, ({ rrsets }) => rrsets),
  )
  gauge(
    'cresset_dns_zone_loaded_timestamp_seconds',
    'When it was last read or signed; of a zone of the ledger the time of the block that its serial names',
    ['zone'],
    (from) => ofZones(from, ({ loadedAtMs }) => loadedAtMs && loadedAtMs / 1_000),
  )
  gauge(
    'cresset_dns_zone_signature_expiry_timestamp_seconds',
    'When the first of its signatures ends',
    ['zone'],
    (from) => ofZones(from, ({ earliestExpiration }) => earliestExpiration),
  )
  gauge(
    'cresset_dns_zone_anchor_expiry_timestamp_seconds',
    'Until when the anchors have signed the keys of a zone of the ledger ahead; "cresset zone publish" brings more',
    ['zone'],
    (from) => ofZones(from, ({ anchorExpiration }) => anchorExpiration),
  )
  gauge('cresset_dns_zone_frozen', '1: its file and its signatures are left as they are', ['zone'], (from) =>
    ofZones(from, ({ isFrozen }) => (isFrozen === undefined ? undefined : Number(isFrozen))),
  )
  gauge(
    'cresset_dns_zone_problem',
    '1: its file as it is now, or new signatures, could not be served; a zone of the ledger is not answered at all',
    ['zone'],
    (from) => ofZones(from, ({ hasProblem }) => (hasProblem === undefined ? undefined : Number(hasProblem))),
  )
}

const HISTOGRAM = {
  name: 'cresset_dns_request_duration_seconds',
  help: 'From a query to its answer',
  type: 'histogram',
} as const

/** prom-client's histograms only observe; these counts are kept elsewhere, because an observation makes objects. */
function registerHistogram(registry: Registry, read: () => readonly LatencyHistogram[]): void {
  const get = async () => ({
    ...HISTOGRAM,
    aggregator: 'sum',
    values: read().flatMap(({ transport, cumulative, count, sumSeconds }) => [
      ...LATENCY_BOUNDS_SECONDS.map((le, index) => bucket(transport, le, cumulative[index] ?? 0)),
      bucket(transport, '+Inf', count),
      { metricName: `${HISTOGRAM.name}_sum`, labels: { transport }, value: sumSeconds },
      { metricName: `${HISTOGRAM.name}_count`, labels: { transport }, value: count },
    ]),
  })
  registry.registerMetric({ ...HISTOGRAM, labelNames: ['transport'], get, reset: () => undefined } as unknown as Metric)
}

const bucket = (transport: string, le: number | string, value: number) => ({
  metricName: `${HISTOGRAM.name}_bucket`,
  labels: { le, transport },
  value,
})
