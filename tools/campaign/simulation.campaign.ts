import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { runSimulation } from '../simulation.ts'
import type { CampaignPart } from './part.ts'

export default {
  name: 'simulation',
  description: 'seeded clusters under faults',
  weight: 5,
  available: (root) => existsSync(join(root, 'simulation/src/main.ts')),
  async run({ seed, budgetMs, print }) {
    const { seeds, broken } = await runSimulation({ seed, seeds: 1_000_000, budgetSeconds: budgetMs / 1_000 }, print)
    const failures = broken.map(({ seed: failed, detail }) => ({
      name: `seed ${failed}`,
      detail,
      replay: `npm run sim -- --seed ${failed} --trace`,
    }))
    return { runs: seeds, failures }
  },
} satisfies CampaignPart
