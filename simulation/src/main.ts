import { execFileSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { engines } from '@cresset/core-chain'
import { behaviours } from './byzantine.ts'
import { addToCorpus, corpusFolder } from './corpus.ts'
import { plantedBugs } from './planted-bugs.ts'
import { runWithPlanted } from './planting.ts'
import { modes, type RunOptions, type RunResult } from './run.ts'
import { playScenario, scenarios } from './scenarios.ts'
import { runSeeds, workForParent } from './seeds.ts'
import { argumentsOf, shrink } from './shrink.ts'
import { Campaign, Tally } from './tally.ts'
import { runTwins } from './twins/run-twins.ts'
import { type MembersPlan, memberPlans } from './voters.ts'

const usage = `npm run sim -- [--seed N] [--seeds M] [--budget-seconds S] [--workers W] [--trace] [--json]
npm run sim -- --twins [--nodes N] [--depth D] [--seed N] [--seeds M] [--budget-seconds S]

  --seed N             first seed (default 1)
  --seeds M            how many seeds from there (default 1)
  --heights N          heights under faults, a seed (default 200; as many as there are with three episodes of faults)
  --mode NAME          safety: faults all the time; liveness (default): after that a quorum is healed and must go on,
                       then all are
  --budget-seconds S   stop after this time, however many seeds are left
  --add-up             a campaign in parts: go on where the last part on this commit with these arguments ended
  --workers W          processes (default: one a core)
  --nodes N            so many validators instead of what the seed says
  --traitor NAME       this behaviour of a traitor instead of what the seed says ("none": no traitor)
  --traitors N         so many of them; more than a third can fork
  --engine NAME        pbft, majority or stake instead of what the seed says
  --members NAME       fixed; changing: validators come and go by vote; shrinking: two
                       of seven leave; growing: from one to seven and back to four
  --episodes A,B,…     carry out only these episodes of faults, or none
  --transactions N     clients send no more than this
  --stop-at-first      end with the first broken seed
  --no-shrink          do not look for the smallest run that breaks as a broken seed does
  --twins              two instances with one key: every scenario of four validators to --depth rounds (default 3), from
                       number --seed on; other numbers of validators are sampled, --traitors of them twice
  --scenario NAME      play a written scenario
  --planted NAME       with one of the mistakes of planted-bugs.ts in a copy of the source
  --trace              print what happens, for one seed
  --json               one object on the last line

A run is a function of its seed, these options and the commit. Status 1 when an invariant was broken. A broken seed is
shrunk and joins simulation/corpus, which npm test runs.`

const texts = {
  seed: { type: 'string', default: '1' },
  seeds: { type: 'string' },
  heights: { type: 'string' },
  mode: { type: 'string' },
  'budget-seconds': { type: 'string', default: '1000000' },
  workers: { type: 'string', default: String(availableParallelism()) },
  nodes: { type: 'string' },
  traitor: { type: 'string' },
  traitors: { type: 'string' },
  engine: { type: 'string' },
  members: { type: 'string' },
  episodes: { type: 'string' },
  transactions: { type: 'string' },
  depth: { type: 'string' },
  scenario: { type: 'string' },
  planted: { type: 'string' },
} as const
const switches = {
  'add-up': { type: 'boolean', default: false },
  'stop-at-first': { type: 'boolean', default: false },
  'no-shrink': { type: 'boolean', default: false },
  trace: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  twins: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const

function readOptions() {
  const { values } = parseArgs({ options: { ...texts, ...switches } })
  const whole = (name: keyof typeof texts, least: number): number | undefined => {
    if (values[name] === undefined) return undefined
    const value = Number(values[name])
    if (!Number.isSafeInteger(value) || value < least) throw new Error(`--${name} needs a whole number from ${least}`)
    return value
  }
  const oneOf = <T extends string>(name: keyof typeof texts, all: readonly T[]): T | undefined => {
    const found = all.find((one) => one === values[name])
    if (values[name] !== undefined && found === undefined) throw new Error(`--${name} is one of ${all.join(', ')}`)
    return found
  }
  const episodes = values.episodes === 'none' ? [] : values.episodes?.split(',')
  const run = {
    heights: whole('heights', 1),
    mode: oneOf('mode', modes),
    nodes: whole('nodes', 1),
    byzantine: oneOf('traitor', [...behaviours, 'none'] as const),
    traitors: whole('traitors', 0),
    engine: oneOf('engine', engines),
    members: oneOf('members', Object.keys(memberPlans) as MembersPlan[]),
    episodes: episodes?.map(Number),
    maxTransactions: whole('transactions', 0),
  }
  const given = Object.entries(run).filter(([, value]) => value !== undefined)
  return {
    values,
    run: Object.fromEntries(given) as Omit<RunOptions, 'seed'>,
    seed: whole('seed', 1) as number,
    seeds: whole('seeds', 1) ?? 1,
    budgetMs: (whole('budget-seconds', 1) as number) * 1_000,
    workers: whole('workers', 1) as number,
    depth: whole('depth', 1),
  }
}

function commitName(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    const head = git('rev-parse', '--short=12', 'HEAD')
    const changed = git('status', '--porcelain', '--untracked-files=no')
    return changed === '' ? head : `${head} with local changes`
  } catch {
    return 'unknown commit'
  }
}

async function main(): Promise<number> {
  const { values, run, seed, seeds, budgetMs, workers, depth } = readOptions()
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
  const title = `${commit} from ${seed} ${JSON.stringify(run)}`
  const folder = resolve(import.meta.dirname, '../../.cresset/simulation')
  const campaign = values['add-up'] ? new Campaign(folder, title, seed) : undefined
  const part = new Tally()
  const total = campaign?.tally
  const found: RunResult[] = []
  const report = (result: RunResult): void => {
    part.add(result)
    total?.add(result)
    if (result.broken !== undefined) found.push(result)
    if (seeds === 1 || result.broken !== undefined) printResult(result, commit, run)
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
  console.log(`commit ${commit}, seeds ${first} to ${next - 1}:`)
  for (const line of part.lines()) console.log(`  ${line}`)
  if (campaign !== undefined && total !== undefined) {
    total.seconds += part.seconds
    campaign.next = next
    campaign.save()
    console.log(`all parts on this commit, seeds ${seed} to ${next - 1}:`)
    for (const line of total.lines()) console.log(`  ${line}`)
  }
  if (!values['no-shrink']) for (const result of found.slice(0, 3)) await keepSmallest(result, run, commit)
  if (values.json) console.log(JSON.stringify({ commit, firstSeed: first, ...part.toJson() }))
  return (total ?? part).broken.length === 0 && (total ?? part).seeds > 0 ? 0 : 1
}

/** The other arguments go to a copy of the source that has the mistake. */
function runPlanted(name: string): number {
  const bug = plantedBugs.find((known) => known.name === name)
  if (bug === undefined) throw new Error(`--planted is one of: ${plantedBugs.map((known) => known.name).join('; ')}`)
  const given = process.argv.slice(2)
  const at = given.findIndex((argument) => argument.startsWith('--planted'))
  given.splice(at, given[at] === '--planted' ? 2 : 1)
  return runWithPlanted(bug, given)
}

async function runScenario(name: string, print: boolean, json: boolean): Promise<number> {
  if (!scenarios.some((known) => known.name === name)) {
    throw new Error(`--scenario is one of: ${scenarios.map((known) => known.name).join('; ')}`)
  }
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
else process.exitCode = await main()
