/**
 * npm run campaign -- --minutes N [--seed N] [--only NAME]   searches for faults with fresh seeds
 * npm run campaign -- --ci                                   fixed seeds, at most 10 minutes
 */
import { randomInt } from 'node:crypto'
import { join } from 'node:path'
import type { CampaignOutcome, CampaignPart } from './campaign/part.ts'
import { repositoryRoot } from './process/capture.ts'
import { readCommandLine, refuse } from './process/command-line.ts'
import { exitOnSignals } from './process/exit-on-signals.ts'
import { leaveNothingBehind } from './process/marked-processes.ts'
import { listFiles } from './source/files.ts'

/** Parts may overrun their share by what they have under way; this much of the 10 minutes is planned. */
const ciMinutes = 8
/** Away from the seeds that `npm test` runs. */
const ciSeed = 1_000_001

async function findParts(root: string): Promise<CampaignPart[]> {
  const parts: CampaignPart[] = []
  for (const file of listFiles(root).filter((name) => name.endsWith('.campaign.ts'))) {
    const { default: part } = (await import(join(root, file))) as { default?: CampaignPart }
    if (typeof part?.run !== 'function') throw new Error(`${file} has no default export of a campaign part`)
    if (await part.available(root)) parts.push(part)
  }
  return parts
}

const usage = 'usage: npm run campaign -- --minutes N [--seed N] [--only NAME], or --ci'
const { values } = readCommandLine(
  {
    options: {
      minutes: { type: 'string' },
      seed: { type: 'string' },
      only: { type: 'string' },
      ci: { type: 'boolean', default: false },
    },
  },
  usage,
)
const minutes = values.ci ? ciMinutes : Number(values.minutes)
const seed = values.ci ? ciSeed : Number(values.seed ?? randomInt(2 ** 31))
if (!(minutes > 0)) refuse('--minutes needs a number above 0', usage)
if (!Number.isSafeInteger(seed) || seed < 0) refuse('--seed needs a whole number from 0', usage)
exitOnSignals()
leaveNothingBehind()
const all = await findParts(repositoryRoot)
const parts = all.filter((part) => values.only === undefined || part.name === values.only)
if (parts.length === 0)
  refuse(`there is no part ${values.only} to run`, `there are ${all.map((part) => part.name).join(', ')}`)
const weights = parts.reduce((sum, part) => sum + part.weight, 0)
console.log(`campaign of ${minutes} minutes, seed ${seed}: ${parts.map((part) => part.name).join(', ')}`)
const rows: { part: CampaignPart; outcome: CampaignOutcome; seconds: number }[] = []
for (const part of parts) {
  const budgetMs = (minutes * 60_000 * part.weight) / weights
  console.log(`\n── ${part.name}: ${part.description}, ${Math.round(budgetMs / 1000)} s`)
  const start = performance.now()
  const print = (line: string): void => console.log(line)
  const outcome = await part.run({ root: repositoryRoot, seed, budgetMs, print }).catch(
    (error: unknown): CampaignOutcome => ({
      runs: 0,
      failures: [
        {
          name: part.name,
          detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
          replay: `npm run campaign -- --minutes ${minutes} --seed ${seed} --only ${part.name}`,
        },
      ],
    }),
  )
  rows.push({ part, outcome, seconds: (performance.now() - start) / 1000 })
}

console.log(`\n${'part'.padEnd(16)} ${'time'.padStart(9)} ${'runs'.padStart(10)} ${'failures'.padStart(9)}`)
for (const { part, outcome, seconds } of rows) {
  const cells = [
    `${seconds.toFixed(0)} s`.padStart(9),
    String(outcome.runs).padStart(10),
    String(outcome.failures.length).padStart(9),
  ]
  console.log(`${part.name.padEnd(16)} ${cells.join(' ')}`)
}
const failures = rows.flatMap(({ outcome }) => outcome.failures)
for (const { name, detail, replay } of failures) console.log(`\n✘ ${name}\n${detail}\nreplay: ${replay}`)
console.log(`\n${failures.length === 0 ? 'no failure found' : `${failures.length} failures`}`)
process.exitCode = failures.length === 0 ? 0 : 1
