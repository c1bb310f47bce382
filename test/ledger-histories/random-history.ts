import { Random } from '../../tools/fuzz/random.ts'
import type { GenesisPlan, History, Step } from './history.ts'
import { randomGenesis } from './random-genesis.ts'
import { RandomMembers } from './random-members.ts'
import { RandomRecords } from './random-records.ts'
import { RandomSteps } from './random-steps.ts'
import { RandomZones } from './random-zones.ts'
import { noFigures, type RunFigures, type RunOptions, SideBySide } from './run.ts'

export interface HistoryOutcome {
  /** As far as it came. */
  readonly history: History
  readonly figures: RunFigures
  readonly failure: Error | undefined
}

const stepsAtMost = 90
/** In every third history members vote, by numbers of their own. */
const membersSeed = 7_000_000
/** In every fourth zones are signed. */
const zonesSeed = 8_000_000
/** In every second names have record tables. */
const recordsSeed = 9_000_000

/** Makes up a history while it runs; the same seed gives the same one. */
export async function runSeed(
  seed: number,
  options: RunOptions,
  change: (plan: GenesisPlan) => GenesisPlan = (plan) => plan,
): Promise<HistoryOutcome> {
  const random = new Random(seed)
  const genesis = change(randomGenesis(random))
  const steps: Step[] = []
  const run = new SideBySide(genesis, options)
  const members = seed % 3 === 0 ? new RandomMembers(new Random(seed + membersSeed), run) : undefined
  const zones = seed % 4 === 0 ? new RandomZones(new Random(seed + zonesSeed), run) : undefined
  const records = seed % 2 === 1 ? new RandomRecords(new Random(seed + recordsSeed), run) : undefined
  const source = new RandomSteps(random, run, [members, zones, records])
  const wanted = 10 + random.below(stepsAtMost - 10)
  let failure: Error | undefined
  while (steps.length < wanted && failure === undefined) {
    const step = source.next()
    steps.push(step)
    failure = await run.step(step).then(
      () => undefined,
      (error: Error) => error,
    )
  }
  failure ??= finalProblem(run)
  return { history: { seed, genesis, steps }, figures: run.figures, failure }
}

/** Runs a history that was written down. */
export async function runHistory(history: History, options: RunOptions): Promise<HistoryOutcome> {
  let run: SideBySide | undefined
  let failure: Error | undefined
  try {
    run = new SideBySide(history.genesis, options)
    for (const step of history.steps) await run.step(step)
    run.checkState()
  } catch (error) {
    failure = error as Error
  }
  const figures = run?.figures ?? noFigures()
  return { history, figures, failure }
}

function finalProblem(run: SideBySide): Error | undefined {
  try {
    run.checkState()
    return undefined
  } catch (error) {
    return error as Error
  }
}
