import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { engines } from '@cresset/core-chain'
import { behaviours } from './byzantine.ts'
import { plantedBugs } from './planted-bugs.ts'
import { modes, type RunOptions } from './run.ts'
import { scenarios } from './scenarios.ts'
import { type MembersPlan, memberPlans } from './voters.ts'

export const usage = `npm run sim -- [--seed N] [--seeds M] [--budget-seconds S] [--workers W] [--trace] [--json]
npm run sim -- --twins [--nodes N] [--depth D] [--seed N] [--seeds M] [--budget-seconds S]

  --seed N             first seed (default 1)
  --seeds M            how many seeds from there (default 1)
  --heights N          heights under faults, a seed (default 200; as many as there are with three episodes of faults)
  --mode NAME          safety: faults all the time; liveness (default): after that a quorum is healed and must go on,
                       then all are
  --budget-seconds S   stop after this time, however many seeds are left
  --add-up             a campaign in parts: go on where the last part of the same sources and arguments ended
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

/** What is wrong with the arguments, and what to give instead, in one line. */
export class UsageError extends Error {}

const help = 'npm run sim -- --help lists the options'

function parse(words: readonly string[]) {
  const args: string[] = []
  for (const word of words) {
    const last = args.length - 1
    // In `--seeds -3` the number is wrong; as the parser sees it, it is missing.
    if (/^-\d/.test(word) && args[last]?.startsWith('--')) args[last] += `=${word}`
    else args.push(word)
  }
  try {
    return parseArgs({ args, options: { ...texts, ...switches } }).values
  } catch (error) {
    throw new UsageError(`${(error as Error).message.split(/\n|\. /)[0]}; ${help}`)
  }
}

/** Throws UsageError. */
export function readOptions(words: readonly string[]) {
  const values = parse(words)
  const whole = (name: keyof typeof texts, least: number): number | undefined => {
    if (values[name] === undefined) return undefined
    const value = Number(values[name])
    if (!Number.isSafeInteger(value) || value < least)
      throw new UsageError(`--${name} needs a whole number from ${least}; ${help}`)
    return value
  }
  const oneOf = <T extends string>(name: keyof typeof texts, all: readonly T[]): T | undefined => {
    const found = all.find((one) => one === values[name])
    if (values[name] !== undefined && found === undefined) throw new UsageError(`--${name} is one of ${all.join(', ')}`)
    return found
  }
  const episodes = values.episodes === 'none' ? [] : values.episodes?.split(',').map(Number)
  if (episodes?.some((number) => !Number.isSafeInteger(number) || number < 0))
    throw new UsageError(`--episodes needs numbers with commas between them, or none; ${help}`)
  const { planted, scenario } = values
  if (planted !== undefined && !plantedBugs.some(({ name }) => name === planted))
    throw new UsageError(`--planted is one of: ${plantedBugs.map(({ name }) => name).join('; ')}`)
  if (scenario !== undefined && !scenarios.some(({ name }) => name === scenario))
    throw new UsageError(`--scenario is one of: ${scenarios.map(({ name }) => name).join('; ')}`)
  const run = {
    heights: whole('heights', 1),
    mode: oneOf('mode', modes),
    nodes: whole('nodes', 1),
    byzantine: oneOf('traitor', [...behaviours, 'none'] as const),
    traitors: whole('traitors', 0),
    engine: oneOf('engine', engines),
    members: oneOf('members', Object.keys(memberPlans) as MembersPlan[]),
    episodes,
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
