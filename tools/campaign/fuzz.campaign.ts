import { findTargets } from '../fuzz/corpus.ts'
import { fuzz } from '../fuzz/fuzz.ts'
import type { CampaignFailure, CampaignPart } from './part.ts'

export default {
  name: 'fuzz',
  description: 'every fuzz target with fresh inputs',
  weight: 2,
  available: async (root) => (await findTargets(root)).length > 0,
  async run({ root, seed, budgetMs, print }) {
    const targets = await findTargets(root)
    const failures: CampaignFailure[] = []
    let runs = 0
    for (const found of targets) {
      const result = await fuzz(found, {
        root,
        seed,
        runs: Number.MAX_SAFE_INTEGER,
        budgetMs: budgetMs / targets.length,
      })
      runs += result.runs
      const { failure } = result
      print(
        `${failure === undefined ? '✔' : '✘'} ${result.target.padEnd(24)} ${result.runs} runs in ${result.seconds.toFixed(1)} s`,
      )
      if (failure !== undefined) failures.push({ name: result.target, detail: failure.error, replay: failure.replay })
    }
    return { runs, failures }
  },
} satisfies CampaignPart
