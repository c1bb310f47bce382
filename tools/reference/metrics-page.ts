import { describeMetrics } from '@cresset/node'
import { markdownTable } from './markdown-table.ts'

/** docs/reference/metrics.md */
export function metricsPage(): string {
  const rows = describeMetrics().map(({ name, type, help, labels }) => [`\`${name}\``, type, labels.join(', '), help])
  return `# Metrics of a node

<!-- Written by npm run reference from node/src/metrics.ts. -->

\`GET /metrics\` of the API, in the text form of Prometheus. Besides these there are those of the process: \`process_…\` and \`nodejs_…\`.
\`cresset dns serve --metrics\` has those that begin with \`cresset_dns_\`. [Watch a name server](dns-monitoring.md) has dashboards and alerts for these.

${markdownTable(['name', 'type', 'labels', 'meaning'], rows)}
## What to be woken by

| condition | what it means |
|---|---|
| \`cresset_last_block_age_seconds > 60\` | no block for six times \`maxBlockInterval\`: the network stands still, or this node is cut off |
| \`cresset_ready == 0\` for minutes | the node does not follow; \`cresset node status\` says why |
| \`cresset_highest_seen - cresset_height > 10\` for minutes | it falls behind |
| \`cresset_peer_connected == 0\` | the link to one node is down |
| \`cresset_member == 0\` | the members removed it, or never admitted it |
| \`histogram_quantile(0.99, rate(cresset_commit_seconds_bucket[5m])) > 0.5\` | the disk is too slow for agreement |
| \`cresset_dns_zone_signature_expiry_timestamp_seconds - time() < 86400\` | signatures of a zone end within a day, and were not made again |
| \`cresset_dns_zone_anchor_expiry_timestamp_seconds - time() < 7 * 86400\` | what the anchors signed ahead ends within a week: \`cresset zone publish\` |
| \`cresset_dns_zone_problem == 1\` | a zone is served as it was: its file has a mistake, or it could not be signed; a zone of the ledger is not answered at all |
| \`cresset_dns_failures_total\` rises | a fault of the program: report it |
| \`cresset_mempool_transactions\` rises and \`cresset_height\` does not | transactions wait for a network without a quorum |

[The network stands still](../guides/network-stands-still.md) goes on from here.
`
}
