import type { Context, Failure } from './campaign-part.ts'
import { plantedBugs } from './planted-bugs.ts'
import { plant } from './planting.ts'

const MAX_SEEDS = 1_000

/** Every planted bug must be found by one of its invariants; a bug that is missed means that the simulator looks away. */
export default {
  name: 'planted-bugs',
  description: 'mistakes put into a copy of the source are found by a named invariant',
  weight: 1,
  available: (): boolean => true,
  run({ seed, budgetMs, print }: Context): Promise<{ runs: number; failures: Failure[] }> {
    const failures: Failure[] = []
    const untilMs = Date.now() + budgetMs
    let runs = 0
    for (const bug of plantedBugs) {
      if (runs > 0 && Date.now() > untilMs) break
      runs++
      const finding = plant(bug, bug.firstSeed ?? seed, MAX_SEEDS)
      const found = (bug.foundBy as readonly (string | undefined)[]).includes(finding.invariant)
      print(`${found ? '✔' : '✘'} ${bug.name}: ${finding.detail.slice(0, 120)} (${finding.seeds} seeds)`)
      if (!found)
        failures.push({ name: bug.name, detail: finding.detail, replay: 'npm run campaign -- --only planted-bugs' })
    }
    return Promise.resolve({ runs, failures })
  },
}
