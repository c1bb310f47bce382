import type { StatisticsReport } from '@cresset/node'
import type { Command } from 'commander'
import type { CommandKit } from '../../command-kit.ts'
import { columns } from '../../terminal/output.ts'
import { askServer, type ControlOptions, controlOption } from './control-socket.ts'

export function dnsStats(parent: Command, kit: CommandKit): void {
  const command = parent
    .command('stats')
    .description(
      'what a running name server, "cresset dns serve --control" or a node, was asked and answered since it started',
    )
    .addOption(controlOption())
  kit.add<ControlOptions>(command, 'cresset dns stats', async (context, _positional, options) => {
    const report = await askServer(context, options, 'stats')
    context.output.result({ ...report }, columns(rowsOf(report)))
  })
}

function rowsOf(report: StatisticsReport): [string, string][] {
  const { startedAt, zones, queries, responses, latency, dropped, failures, rateLimited, queryLog } = report
  const { transfers, notifies, updates } = report
  const rows: [string, string][] = [
    ['since', startedAt],
    ['zones', String(zones)],
  ]
  for (const transport of Object.keys(queries)) {
    rows.push([`queries by ${transport}`, countsText(queries[transport])])
    rows.push([`answers by ${transport}`, `${countsText(responses[transport])}${speedText(latency[transport])}`])
  }
  rows.push(['not answered', `${dropped} for lack of room, ${failures} by faults of the program`])
  if (rateLimited !== null)
    rows.push(['over the limit', `${rateLimited.truncated} truncated, ${rateLimited.dropped} dropped`])
  if (queryLog !== null) rows.push(['query log', `${queryLog.written} lines, ${queryLog.dropped} dropped`])
  rows.push(['transfers', countsText(transfers)])
  if (updates !== null) rows.push(['updates', countsText(updates)])
  if (notifies !== null) rows.push(['secondaries told', `${notifies.told}, ${notifies.givenUp} given up`])
  return rows
}

function countsText(counts: Readonly<Record<string, number>> | undefined): string {
  const present = Object.entries(counts ?? {})
    .filter(([, count]) => count > 0)
    .sort(([, a], [, b]) => b - a)
  return present.length === 0 ? 'none' : present.map(([label, count]) => `${label} ${count}`).join(', ')
}

/** Within which bound half and nearly all of the answers went out. */
function speedText(latency: StatisticsReport['latency'][string] | undefined): string {
  if (latency === undefined || latency.count === 0) return ''
  const within = (share: number): string => {
    const bucket = latency.buckets.find(({ count }) => count >= latency.count * share)
    return bucket === undefined ? 'over 5 s' : `within ${durationText(bucket.seconds)}`
  }
  return `; half ${within(0.5)}, 99% ${within(0.99)}`
}

function durationText(seconds: number): string {
  if (seconds >= 1) return `${seconds} s`
  return seconds >= 0.001 ? `${seconds * 1_000} ms` : `${Math.round(seconds * 1_000_000)} µs`
}
