import { resolve } from 'node:path'
import { Campaign, campaignFolder, commitName } from './campaign.ts'
import { addToCorpus, corpusFolder } from './corpus.ts'
import { readOptions, UsageError, usage } from './options.ts'
import { plantedBugs } from './planted-bugs.ts'
import { runWithPlanted } from './planting.ts'
import type { RunOptions, RunResult } from './run.ts'
import { playScenario } from './scenarios.ts'
import { runSeeds, workForParent } from './seeds.ts'
import { argumentsOf, shrink } from './shrink.ts'
import { sourceDigest } from './source-digest.ts'
import { progressLine, Tally } from './tally.ts'
import { runTwins } from './twins/run-twins.ts'

const PROGRESS_MS = 30_000

const root = resolve(import.meta.dirname, '../..')

async function main(): Promise<number> {
  const { values, run, seed, seeds, budgetMs, workers, depth } = readOptions(process.argv.slice(2))
  if (values.help) {
    console.log(usage)
    return 0
  }
  if (values.twins) {
    const count = values.seeds === undefined ? undefined : seeds
    const { nodes = 4, traitors: twins } = run
    return await runTwins({ nodes, depth, twins, first: seed, count, budgetMs, print: values.trace })
  }
  if (values.planted !== undefined) return runPlanted(values.planted)
  if (values.scenario !== undefined) return await runScenario(values.scenario, values.trace, values.json)
  const startedMs = Date.now()
  const commit = commitName()
  const sources = sourceDigest(root)
  const campaign = values['add-up']
    ? new Campaign(campaignFolder('simulation'), `${sources} from ${seed} ${JSON.stringify(run)}`, seed, Tally)
    : undefined
  const part = new Tally()
  const total = campaign?.tally
  const found: RunResult[] = []
  let toldMs = startedMs
  const report = (result: RunResult): void => {
    part.add(result)
    total?.add(result)
    if (result.broken !== undefined) found.push(result)
    if (seeds === 1 || result.broken !== undefined) printResult(result, commit, run)
    if (Date.now() - toldMs < PROGRESS_MS) return
    toldMs = Date.now()
    const done = (total ?? part).seeds
    console.log(progressLine({ done, of: seeds, part, seconds: (toldMs - startedMs) / 1_000, budgetMs }))
  }
  const first = campaign?.next ?? seed
  const range = {
    first,
    last: seed + seeds - 1,
    untilMs: startedMs + budgetMs,
    stopAtFirst: values['stop-at-first'],
    options: { ...run, print: values.trace },
  }
  const next = await runSeeds(range, Math.min(workers, seeds), report)
  part.seconds = (Date.now() - startedMs) / 1_000
  console.log(`commit ${commit}, sources ${sources}, seeds ${first} to ${next - 1}:`)
  for (const line of part.lines()) console.log(`  ${line}`)
  if (campaign !== undefined && total !== undefined) {
    total.seconds += part.seconds
    campaign.next = next
    campaign.save()
    console.log(`all parts of these sources, seeds ${seed} to ${next - 1} of ${seed + seeds - 1}:`)
    for (const line of total.lines()) console.log(`  ${line}`)
  }
  if (!values['no-shrink']) for (const result of found.slice(0, 3)) await keepSmallest(result, run, commit)
  if (values.json) console.log(JSON.stringify({ commit, firstSeed: first, ...part.toJson() }))
  return (total ?? part).broken.length === 0 && (total ?? part).seeds > 0 ? 0 : 1
}

/** The other arguments go to a copy of the source that has the mistake. */
function runPlanted(name: string): number {
  const bug = plantedBugs.find((known) => known.name === name)
  if (bug === undefined) throw new Error(`no such mistake: ${name}`)
  const given = process.argv.slice(2)
  const at = given.findIndex((argument) => argument.startsWith('--planted'))
  given.splice(at, given[at] === '--planted' ? 2 : 1)
  return runWithPlanted(bug, given)
}

async function runScenario(name: string, print: boolean, json: boolean): Promise<number> {
  const broken = await playScenario(name, print)
  console.log(`${name}: ${broken === undefined ? 'as it must be' : `BROKEN ${broken.message}`}`)
  const found =
    broken === undefined ? [] : [{ seed: 0, broken: { invariant: broken.invariant, detail: broken.message } }]
  if (json) console.log(JSON.stringify({ seeds: 1, broken: found }))
  return broken === undefined ? 0 : 1
}

async function keepSmallest(result: RunResult, run: Omit<RunOptions, 'seed'>, commit: string): Promise<void> {
  const { invariant } = result.broken ?? { invariant: '' }
  console.log(`looks for the smallest run of seed ${result.seed} that breaks ${invariant} …`)
  const { options, runs } = await shrink({ ...run, seed: result.seed }, result, (line) => console.log(`  ${line}`))
  const file = addToCorpus(corpusFolder, { invariant, foundAt: commit, options })
  console.log(`  the smallest of ${runs} runs, kept in ${file}:\n  npm run sim -- ${argumentsOf(options)} --trace`)
}

function printResult(result: RunResult, commit: string, run: Omit<RunOptions, 'seed'>): void {
  const { seed, engine, nodes, byzantine, sets, heights, episodes, traceHash } = result
  console.log(
    `seed ${seed}, commit ${commit}: ${nodes} nodes, ${engine}, traitor ${byzantine}, ${heights} heights, ${sets} sets of validators, ` +
      `${episodes} episodes, trace ${traceHash}`,
  )
  if (result.broken === undefined) return
  console.log(`  BROKEN ${result.broken.detail}`)
  console.log(`  again: npm run sim -- ${argumentsOf({ ...run, seed })} --trace`)
}

if (process.env['CRESSET_SIMULATION_WORKER'] === '1') workForParent()
else {
  try {
    process.exitCode = await main()
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    console.error(error.message)
    process.exitCode = 2
  }
}
