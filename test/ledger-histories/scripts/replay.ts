/**
 * node --conditions=cresset-source test/ledger-histories/scripts/replay.ts --seed N [--seeds N] [--figures]
 * node --conditions=cresset-source test/ledger-histories/scripts/replay.ts --file HISTORY.json
 *
 * Runs random histories, or one that was written down, through both ledgers; a failing one is shortened and printed.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import * as product from '@cresset/core-ledger'
import { checkState } from '../check-state.ts'
import type { History } from '../history.ts'
import { type HistoryOutcome, runHistory, runSeed } from '../random-history.ts'
import { explainFailure } from '../report.ts'
import { addFigures, noFigures, type RunFigures } from '../run.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    file: { type: 'string' },
    figures: { type: 'boolean', default: false },
  },
})
const options = { product, checkState }
const total: RunFigures = noFigures()
const start = performance.now()

async function look(outcome: HistoryOutcome): Promise<boolean> {
  addFigures(total, outcome.figures)
  if (outcome.failure === undefined) return true
  console.log(await explainFailure(outcome, options))
  process.exitCode = 1
  return false
}

let histories = 0
if (values.file !== undefined) {
  await look(await runHistory(JSON.parse(readFileSync(values.file, 'utf8')) as History, options))
  histories++
} else {
  const first = Number(values.seed)
  for (let seed = first; seed < first + Number(values.seeds); seed++) {
    histories++
    if (!(await look(await runSeed(seed, options)))) break
  }
}
if (values.figures) {
  for (const [what, count] of [...total.codes, ...total.events].sort()) console.log(`${what} ${count}`)
}
const seconds = ((performance.now() - start) / 1_000).toFixed(1)
console.log(`${histories} histories, ${total.blocks} blocks, ${total.transactions} transactions in ${seconds} s`)
