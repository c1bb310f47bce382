import type { Context, Failure } from '../campaign-part.ts'
import { describeScenario, runTwinsScenario } from './run-scenario.ts'
import { AllScenarios, sampledScenario } from './scenarios.ts'

const DEPTH = 3
const SAMPLED_DEPTH = 4
const SAMPLED_NODES = 7
/** Coprime with the number of scenarios, so that each comes once, and neighbours late. */
const STRIDE = 5_003

/** From a place that the seed chooses, half the time all of four validators in turn, half of it samples of seven. */
export default {
  name: 'twins',
  description: 'two instances with one key, partitioned in every way',
  weight: 1,
  available: (): boolean => true,
  async run({ seed, budgetMs, print }: Context): Promise<{ runs: number; failures: Failure[] }> {
    const failures: Failure[] = []
    const all = new AllScenarios(DEPTH)
    const untilMs = Date.now() + budgetMs
    let runs = 0
    for (; Date.now() < untilMs && failures.length < 3; runs++) {
      const isSample = runs % 2 === 1
      const index = isSample ? seed + runs : (seed + (runs / 2) * STRIDE) % all.count
      const scenario = isSample ? sampledScenario(index, SAMPLED_NODES, SAMPLED_DEPTH) : all.at(index)
      const { broken } = await runTwinsScenario(scenario)
      if (broken === undefined) continue
      const which = isSample
        ? `--nodes ${SAMPLED_NODES} --depth ${SAMPLED_DEPTH} --seed ${index}`
        : `--depth ${DEPTH} --seed ${index + 1}`
      failures.push({
        name: describeScenario(scenario),
        detail: broken.detail,
        replay: `npm run sim -- --twins ${which} --seeds 1 --trace`,
      })
    }
    print(`${runs} scenarios: four validators of ${all.count} at depth ${DEPTH}, seven sampled`)
    return { runs, failures }
  },
}
