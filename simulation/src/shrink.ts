import { type RunOptions, type RunResult, runSeed } from './run.ts'

/** Runs at most: each takes as long as the one that failed, or less. */
const MAX_RUNS = 60

export interface Shrunk {
  readonly options: RunOptions
  readonly runs: number
}

/**
 * The smallest run found that breaks the same invariant: fewer episodes of faults, fewer heights, fewer transactions. Each
 * step keeps what still breaks; a run is a function of its options, so the result breaks for good.
 */
export async function shrink(given: RunOptions, failed: RunResult, print: (line: string) => void): Promise<Shrunk> {
  const invariant = failed.broken?.invariant
  let runs = 0
  let best: RunOptions = given
  const breaks = async (options: RunOptions): Promise<boolean> => {
    if (runs >= MAX_RUNS) return false
    runs++
    const result = await runSeed(options)
    if (result.broken?.invariant !== invariant) return false
    best = options
    print(`still breaks with ${sizeOf(options)}`)
    return true
  }

  // Nothing after the height that broke matters.
  const broke = failed.heights + 1
  if (broke < (given.heights ?? Number.MAX_SAFE_INTEGER)) await breaks({ ...best, heights: broke })
  let episodes = Array.from({ length: failed.drawnEpisodes }, (_, number) => number)
  if (given.episodes !== undefined) episodes = episodes.filter((number) => given.episodes?.includes(number))
  if (episodes.length > 0 && (await breaks({ ...best, episodes: [] }))) episodes = []
  // Leaves out halves, then quarters, then one at a time, as long as it breaks.
  for (let size = Math.ceil(episodes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < episodes.length; ) {
      const fewer = [...episodes.slice(0, at), ...episodes.slice(at + size)]
      if (await breaks({ ...best, episodes: fewer })) episodes = fewer
      else at += size
    }
  }
  for (let heights = Math.floor((best.heights ?? broke) / 2); heights >= 1; heights = Math.floor(heights / 2)) {
    if (!(await breaks({ ...best, heights }))) break
  }
  let transactions = best.maxTransactions ?? failed.transactions
  for (transactions = Math.floor(transactions / 2); transactions >= 1; transactions = Math.floor(transactions / 2)) {
    if (!(await breaks({ ...best, maxTransactions: transactions }))) break
  }
  return { options: best, runs }
}

function sizeOf({ episodes, heights, maxTransactions }: RunOptions): string {
  const parts = [
    episodes === undefined ? 'all episodes' : `${episodes.length} episodes`,
    `${heights ?? 'all'} heights`,
    ...(maxTransactions === undefined ? [] : [`${maxTransactions} transactions`]),
  ]
  return parts.join(', ')
}

/** The arguments of `npm run sim` that run the same again. */
export function argumentsOf(options: RunOptions): string {
  const { seed, heights, mode, nodes, byzantine, traitors, engine, members, episodes, maxTransactions } = options
  const given = {
    seed,
    heights,
    mode,
    nodes,
    traitor: byzantine,
    traitors,
    engine,
    members,
    transactions: maxTransactions,
  }
  const words = Object.entries(given).filter(([, value]) => value !== undefined)
  const text = words.map(([name, value]) => `--${name} ${value}`)
  if (episodes !== undefined) text.push(`--episodes ${episodes.length === 0 ? 'none' : episodes.join()}`)
  return text.join(' ')
}
