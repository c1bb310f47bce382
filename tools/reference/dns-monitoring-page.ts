import { describeMetrics } from '@cresset/node'
import { markdownTable } from './markdown-table.ts'

interface Panel {
  readonly title: string
  readonly query: string
  /** As Grafana names it. */
  readonly unit: string
}

interface Alert {
  readonly name: string
  readonly when: string
  /** How long it must be so. */
  readonly lasting: string
  readonly severity: 'page' | 'ticket'
  /** One line for whoever is woken. */
  readonly says: string
}

const panels: readonly Panel[] = [
  { title: 'Queries', query: 'sum by (type) (rate(cresset_dns_queries_total[5m]))', unit: 'req/s' },
  { title: 'Answers by code', query: 'sum by (rcode) (rate(cresset_dns_responses_total[5m]))', unit: 'req/s' },
  {
    title: 'Share by TCP',
    query: 'sum(rate(cresset_dns_queries_total{transport="tcp"}[5m])) / sum(rate(cresset_dns_queries_total[5m]))',
    unit: 'percent (0.0–1.0)',
  },
  {
    title: 'Time to the answer, 99 of 100 by UDP',
    query:
      'histogram_quantile(0.99, sum by (le) (rate(cresset_dns_request_duration_seconds_bucket{transport="udp"}[5m])))',
    unit: 'seconds',
  },
  { title: 'Over the rate limit', query: 'sum by (action) (rate(cresset_dns_rate_limited_total[5m]))', unit: 'req/s' },
  { title: 'Not answered', query: 'sum by (transport) (rate(cresset_dns_dropped_total[5m]))', unit: 'req/s' },
  { title: 'Serials', query: 'max by (zone, instance) (cresset_dns_zone_serial)', unit: 'none' },
  {
    title: 'Signatures end in',
    query: 'min by (zone, instance) (cresset_dns_zone_signature_expiry_timestamp_seconds) - time()',
    unit: 'seconds',
  },
  {
    title: 'Anchors have signed ahead for',
    query: 'min by (zone) (cresset_dns_zone_anchor_expiry_timestamp_seconds) - time()',
    unit: 'seconds',
  },
  { title: 'Age of the newest block', query: 'cresset_last_block_age_seconds', unit: 'seconds' },
  {
    title: 'Denials signed for the question',
    query: 'sum by (outcome) (rate(cresset_dns_compact_denials_total[5m]))',
    unit: 'req/s',
  },
  {
    title: 'Certificate of TLS ends in',
    query: 'min by (instance) (cresset_dns_tls_certificate_expiry_timestamp_seconds) - time()',
    unit: 'seconds',
  },
  {
    title: 'Secondaries behind',
    query: 'max by (zone, secondary) (cresset_dns_secondary_lag_seconds)',
    unit: 'seconds',
  },
  { title: 'Updates', query: 'sum by (outcome) (rate(cresset_dns_updates_total[5m]))', unit: 'req/s' },
  { title: 'Transfers', query: 'sum by (outcome) (rate(cresset_dns_transfers_total[1h])) * 3600', unit: 'per hour' },
]

const alerts: readonly Alert[] = [
  {
    name: 'DnsSilent',
    when: 'up{job="cresset"} == 0',
    lasting: '2m',
    severity: 'page',
    says: 'the process gives no metrics: it ended, or hangs',
  },
  {
    name: 'DnsServfail',
    when: 'sum by (instance) (rate(cresset_dns_responses_total{rcode="SERVFAIL"}[5m])) > 0.01 * sum by (instance) (rate(cresset_dns_responses_total[5m]))',
    lasting: '5m',
    severity: 'page',
    says: 'one answer in a hundred is SERVFAIL: zones are stale, cannot be signed here, or the program has a fault',
  },
  {
    name: 'DnsZoneProblem',
    when: 'cresset_dns_zone_problem == 1',
    lasting: '5m',
    severity: 'page',
    says: '"cresset dns zone status" says what keeps the zone from being served as it should be',
  },
  {
    name: 'DnsSignaturesEnd',
    when: 'cresset_dns_zone_signature_expiry_timestamp_seconds - time() < 86400',
    lasting: '15m',
    severity: 'page',
    says: 'signatures end within a day, and were not made again: resolvers that validate will refuse the zone',
  },
  {
    name: 'DnsAnchorsEnd',
    when: 'cresset_dns_zone_anchor_expiry_timestamp_seconds - time() < 7 * 86400',
    lasting: '1h',
    severity: 'ticket',
    says: 'run "cresset zone publish" with the file of signatures, or "cresset zone sign" for a new one',
  },
  {
    name: 'DnsCertificateEnds',
    when: 'cresset_dns_tls_certificate_expiry_timestamp_seconds - time() < 7 * 86400',
    lasting: '1h',
    severity: 'ticket',
    says: 'the certificate of TLS ends within a week: renew it, and send SIGHUP',
  },
  {
    name: 'DnsStaleLedger',
    when: 'cresset_last_block_age_seconds > 600',
    lasting: '1m',
    severity: 'page',
    says: 'no block for ten minutes; after SOA EXPIRE the node answers SERVFAIL',
  },
  {
    name: 'DnsNodeStaysBehind',
    when: 'changes(cresset_dns_zone_serial[10m]) == 0 and on (zone) max by (zone) (changes(cresset_dns_zone_serial[10m])) > 0',
    lasting: '5m',
    severity: 'ticket',
    says: 'the zone changes on other servers and not on this one',
  },
  {
    name: 'DnsDropped',
    when: 'sum by (instance) (rate(cresset_dns_dropped_total[5m])) > 1',
    lasting: '10m',
    severity: 'ticket',
    says: 'queries find no room: too many connections, a full queue, or proxies without their header',
  },
  {
    name: 'DnsRateLimited',
    when: 'sum by (instance) (rate(cresset_dns_rate_limited_total[5m])) > 10',
    lasting: '15m',
    severity: 'ticket',
    says: 'a flood, or a resolver for many people: "cresset dns stats" and the query log say whose; raise --rate-limit for the second',
  },
  {
    name: 'DnsUpdatesFail',
    when: 'increase(cresset_dns_updates_total{outcome="failed"}[10m]) > 0',
    lasting: '0m',
    severity: 'ticket',
    says: 'updates are not made: a key sends more than --update-rate, or the folder of --journal cannot be written; "cresset dns zone status" tells',
  },
  {
    name: 'DnsSecondariesNotTold',
    when: 'increase(cresset_dns_notifies_total{outcome="givenUp"}[1h]) > 0',
    lasting: '0m',
    severity: 'ticket',
    says: 'a secondary did not take the message of a new serial',
  },
  {
    name: 'DnsSecondaryBehind',
    when: 'cresset_dns_secondary_lag_seconds > 600',
    lasting: '5m',
    severity: 'ticket',
    says: 'a secondary does not have a version of ten minutes ago, and its log tells why: a refused key, or no way to this server by TCP',
  },
  {
    name: 'DnsSecondaryBehind',
    when: 'cresset_dns_secondary_lag_seconds > 3600',
    lasting: '0m',
    severity: 'ticket',
    says: 'a secondary has an old version for an hour: at SOA EXPIRE it stops to answer; its log says why it takes none',
  },
  {
    name: 'DnsCertificateEnds',
    when: 'cresset_dns_tls_certificate_expiry_timestamp_seconds - time() < 7 * 86400',
    lasting: '1h',
    severity: 'ticket',
    says: 'the certificate of TLS ends within a week: put the next one in its file',
  },
  {
    name: 'DnsQueryLogDrops',
    when: 'increase(cresset_dns_query_log_lines_total{outcome="dropped"}[15m]) > 0',
    lasting: '0m',
    severity: 'ticket',
    says: 'the disk is slower than the queries: log each n-th by --query-log-sample',
  },
  {
    name: 'DnsFault',
    when: 'increase(cresset_dns_failures_total[15m]) > 0',
    lasting: '0m',
    severity: 'ticket',
    says: 'a query met a fault of the program: report it with the log',
  },
]

/** docs/reference/dns-monitoring.md */
export function dnsMonitoringPage(): string {
  const known = new Set(describeMetrics().map(({ name }) => name))
  for (const text of [...panels.map(({ query }) => query), ...alerts.map(({ when }) => when)])
    for (const [name] of text.matchAll(/cresset_[a-z_]+/g))
      if (!known.has(name.replace(/_bucket$/, ''))) throw new Error(`there is no metric ${name}`)
  const panelRows = panels.map(({ title, query, unit }) => [title, `\`${query}\``, unit])
  return `# Watch a name server

<!-- Written by npm run reference from tools/reference/dns-monitoring-page.ts. -->

A node gives its metrics at \`/metrics\` of its API; \`cresset dns serve\` at the address of \`--metrics\`. The names are the same for both, and [all of them are here](metrics.md). What only one of them can know,
such as blocks, or the records of a file, only that one has.

\`\`\`yaml
scrape_configs:
  - job_name: cresset
    static_configs:
      - targets: ["127.0.0.1:9153"]
\`\`\`

Counters begin at 0 with the process: use \`rate\` and \`increase\`. Times are seconds since 1970: subtract \`time()\`. Labels come from sets of fixed size, \`zone\` apart: strangers choose the types that they ask for, so all rare ones are \`other\`.

## Panels

Each line is a panel of Grafana, with the unit to choose there.

${markdownTable(['panel', 'query', 'unit'], panelRows)}
## Alerts

Rules for Prometheus. \`page\` wakes somebody; \`ticket\` waits for the morning.

\`\`\`yaml
groups:
  - name: cresset-dns
    rules:
${alerts.map(ruleText).join('\n')}
\`\`\`

Not here, since each place has its own idea of it: how many queries are too few. A name server that nobody asks any more looks well from inside; ask it from outside, by
[\`blackbox_exporter\`](https://github.com/prometheus/blackbox_exporter) or a \`dig\` in a timer, and ask the nodes of a ledger by \`cresset dns audit\`, which compares their answers with the ledger.
`
}

function ruleText({ name, when, lasting, severity, says }: Alert): string {
  return [
    `      - alert: ${name}`,
    `        expr: ${when}`,
    ...(lasting === '0m' ? [] : [`        for: ${lasting}`]),
    `        labels: { severity: ${severity} }`,
    // JSON strings are YAML strings.
    `        annotations: { summary: ${JSON.stringify(says)} }`,
  ].join('\n')
}
