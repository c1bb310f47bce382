import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LATENCY_BOUNDS_SECONDS, QueryStatistics } from '@cresset/dns-server'
import { buildQuery, parseAbsoluteName } from '@cresset/dns-wire'
import { Registry } from 'prom-client'
import { type DnsMetricSources, registerDnsMetrics } from './dns-metrics.ts'

const query = buildQuery({ id: 1, name: parseAbsoluteName('www.a'), type: 28 })

async function lines(sources: DnsMetricSources | undefined): Promise<string[]> {
  const registry = new Registry()
  registerDnsMetrics(registry, () => sources)
  // Counters are read a second time: they must not add up.
  await registry.metrics()
  return (await registry.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'))
}

test('counts, latencies and zones as Prometheus reads them', async () => {
  const statistics = new QueryStatistics()
  statistics.count(query, query, 'udp', 0.02)
  statistics.count(query, query, 'udp', 2_000)
  statistics.count(query, undefined, 'tcp', 1)
  const listener = { queries: 3, responses: 2, dropped: 4, failures: 5 }
  const told = await lines({
    statistics,
    listeners: () => [
      { transport: 'udp', counters: listener },
      { transport: 'udp', counters: listener },
      { transport: 'tcp', counters: { ...listener, dropped: 1 } },
    ],
    rateLimited: { truncated: 7, dropped: 8 },
    queryLog: { written: 9, dropped: 10 },
    notifies: { told: 11, givenUp: 12 },
    updates: { changed: 21, unchanged: 22, refused: 23, failed: 24 },
    signatures: { completed: 13, refused: 14, late: 15, failed: 16 },
    certificate: { file: 'tls.crt', endsAtMs: 1_700_000_902_000 },
    secondaries: () => [
      { target: { address: '2001:db8::1', port: 53 }, apex: parseAbsoluteName('a'), serial: 7, lagSeconds: 1.5 },
      { target: { address: '192.0.2.1', port: 53 }, apex: parseAbsoluteName('a'), serial: undefined, lagSeconds: 9 },
    ],
    transfers: { whole: 1, changes: 2, soaOnly: 3, refused: 4 },
    zones: () => [
      {
        zone: 'a.',
        serial: 2026112101,
        records: 12,
        loadedAtMs: 1_700_000_000_500,
        earliestExpiration: 1_700_000_900,
        isFrozen: true,
        hasProblem: false,
      },
      { zone: 'b"\\.', serial: 4, rrsets: 40, anchorExpiration: 1_700_000_901 },
    ],
  })
  for (const line of [
    'cresset_dns_compact_denials_total{outcome="refused"} 14',
    'cresset_dns_tls_certificate_expiry_timestamp_seconds{file="tls.crt"} 1700000902',
    'cresset_dns_queries_total{transport="udp",type="AAAA"} 2',
    'cresset_dns_queries_total{transport="tcp",type="AAAA"} 1',
    'cresset_dns_queries_total{transport="tcp",type="other"} 0',
    'cresset_dns_responses_total{transport="udp",rcode="NOERROR"} 2',
    'cresset_dns_responses_total{transport="tcp",rcode="SERVFAIL"} 0',
    'cresset_dns_request_duration_seconds_bucket{le="0.00001",transport="udp"} 0',
    'cresset_dns_request_duration_seconds_bucket{le="0.000025",transport="udp"} 1',
    'cresset_dns_request_duration_seconds_bucket{le="1",transport="udp"} 1',
    'cresset_dns_request_duration_seconds_bucket{le="5",transport="udp"} 2',
    'cresset_dns_request_duration_seconds_bucket{le="+Inf",transport="udp"} 2',
    'cresset_dns_request_duration_seconds_sum{transport="udp"} 2.00002',
    'cresset_dns_request_duration_seconds_count{transport="udp"} 2',
    'cresset_dns_request_duration_seconds_count{transport="tcp"} 0',
    'cresset_dns_rate_limited_total{action="truncated"} 7',
    'cresset_dns_rate_limited_total{action="dropped"} 8',
    'cresset_dns_dropped_total{transport="udp"} 8',
    'cresset_dns_dropped_total{transport="tcp"} 1',
    'cresset_dns_failures_total{transport="udp"} 10',
    'cresset_dns_query_log_lines_total{outcome="dropped"} 10',
    'cresset_dns_transfers_total{outcome="changes"} 2',
    'cresset_dns_notifies_total{outcome="givenUp"} 12',
    'cresset_dns_updates_total{outcome="unchanged"} 22',
    'cresset_dns_secondary_serial{zone="a.",secondary="[2001:db8::1]:53"} 7',
    'cresset_dns_secondary_lag_seconds{zone="a.",secondary="[2001:db8::1]:53"} 1.5',
    'cresset_dns_secondary_lag_seconds{zone="a.",secondary="192.0.2.1:53"} 9',
    'cresset_dns_zone_serial{zone="a."} 2026112101',
    'cresset_dns_zone_serial{zone="b\\"\\\\."} 4',
    'cresset_dns_zone_records{zone="a."} 12',
    'cresset_dns_zone_loaded_timestamp_seconds{zone="a."} 1700000000.5',
    'cresset_dns_zone_signature_expiry_timestamp_seconds{zone="a."} 1700000900',
    'cresset_dns_zone_rrsets{zone="b\\"\\\\."} 40',
    'cresset_dns_zone_anchor_expiry_timestamp_seconds{zone="b\\"\\\\."} 1700000901',
    'cresset_dns_zone_frozen{zone="a."} 1',
    'cresset_dns_zone_problem{zone="a."} 0',
  ])
    assert.ok(told.includes(line), `${line}\n${told.filter((other) => other.startsWith(line.slice(0, 20))).join('\n')}`)
  assert.equal(told.filter((line) => line.includes('zone_records')).length, 1)
  assert.equal(told.filter((line) => line.includes('secondary_serial')).length, 1)
  assert.equal(told.filter((line) => line.includes('_bucket')).length, 2 * (LATENCY_BOUNDS_SECONDS.length + 1))
})

test('a node without a name server has the metrics and no value', async () => {
  assert.deepEqual(await lines(undefined), [])
})
