import { CoverageSum } from '../coverage.ts'
import { describeScenario, runTwinsScenario } from './run-scenario.ts'
import { AllScenarios, sampledScenario, type TwinsScenario } from './scenarios.ts'

export interface TwinsOptions {
  /** 4: every scenario to the depth, in order; others are sampled. */
  readonly nodes: number
  readonly depth: number | undefined
  /** Instances besides the validators; undefined: as many as there may be liars. */
  readonly twins?: number | undefined
  /** First scenario, from 1. */
  readonly first: number
  /** How many; undefined: all of them. */
  readonly count: number | undefined
  readonly budgetMs: number
  readonly print?: boolean
}

/** Enumerated for four validators; one round more is sixteen times as many. */
const DEFAULT_DEPTH = 3
const SAMPLED_DEPTH = 4
const MAX_PRINTED = 5

/** Runs scenarios in order and prints what they came to. Status 1 when an invariant was broken. */
export async function runTwins(options: TwinsOptions): Promise<number> {
  const { nodes, first, twins, budgetMs, print = false } = options
  const isAll = nodes === 4 && twins === undefined
  const depth = options.depth ?? (isAll ? DEFAULT_DEPTH : SAMPLED_DEPTH)
  const all = isAll ? new AllScenarios(depth) : undefined
  const known = all?.count ?? Number.MAX_SAFE_INTEGER
  const last = Math.min(known, first - 1 + (options.count ?? (isAll ? known : 100)))
  const startedMs = Date.now()
  const coverage = new CoverageSum()
  let index = first - 1
  let broken = 0
  let heights = 0
  for (; index < last && Date.now() - startedMs < budgetMs; index++) {
    const scenario: TwinsScenario = all?.at(index) ?? sampledScenario(index + 1, nodes, depth, twins)
    const result = await runTwinsScenario(scenario, print)
    coverage.add(result.marks)
    heights += result.heights
    if (result.broken === undefined) continue
    broken++
    if (broken > MAX_PRINTED) continue
    console.log(`scenario ${index + 1}: ${describeScenario(scenario)}\n  BROKEN ${result.broken.detail}`)
    const more = isAll
      ? `--depth ${depth}`
      : `--nodes ${nodes} --depth ${depth}${twins === undefined ? '' : ` --traitors ${twins}`}`
    console.log(`  again: npm run sim -- --twins ${more} --seed ${index + 1} --seeds 1 --trace`)
  }
  const seconds = (Date.now() - startedMs) / 1_000
  const of = all === undefined ? 'sampled' : `of ${all.count}, all to depth ${depth}`
  console.log(
    `twins: scenarios ${first} to ${index} (${of}; ${nodes} validators): ${broken} broken; ${heights} heights in ${seconds.toFixed(1)} s`,
  )
  console.log(`  reached: ${[...coverage.counts].map(([mark, count]) => `${mark} ${count}`).join(', ')}`)
  return broken === 0 ? 0 : 1
}
