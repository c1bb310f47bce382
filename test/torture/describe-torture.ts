import { median } from '../../bench/harness/statistics.ts'
import { textTable } from '../../bench/harness/text-table.ts'
import { seconds } from './episode.ts'
import type { TortureResult } from './torture.ts'

/** The summary for people: a row for each kind of fault, and the verdict. */
export function describeTorture({ results, skipped, transfers, answers, height, failure }: TortureResult): string {
  const names = [...new Set(results.map(({ episode }) => episode))].sort()
  const rows = names.map((name) => {
    const own = results.filter(({ episode }) => episode === name)
    const recoveries = own.map(({ recoveryMs }) => recoveryMs)
    return [
      name,
      own.length,
      seconds(median(recoveries)),
      seconds(Math.max(...recoveries)),
      seconds(Math.max(...own.map(({ gapMs }) => gapMs))),
      own.reduce((sum, each) => sum + each.transfers, 0),
    ]
  })
  const columns = ['fault', 'times', 'recovery p50', 'slowest', 'longest wait', 'transfers']
  const lines = [textTable({ title: `${results.length} faults`, columns, rows }), '']
  for (const [name, reason] of skipped) lines.push(`left out: ${name}: ${reason}`)
  if (failure !== undefined) lines.push(`✘ in ${failure.episode}: ${failure.error.message}`)
  else {
    lines.push(
      `nothing lost: ${transfers} transfers told final, ${answers} times found where they must be; one root at height ${height}`,
    )
  }
  return lines.join('\n')
}
