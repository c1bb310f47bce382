import { runSimulation, simulationExists } from '../simulation.ts'
import type { CampaignFailure, CampaignPart } from './part.ts'

export default {
  name: 'simulation',
  description: 'seeded clusters under faults',
  weight: 5,
  available: () => simulationExists(),
  async run({ seed, budgetMs, print }) {
    const seconds = Math.max(1, Math.floor(budgetMs / 1000))
    const failures: CampaignFailure[] = []
    const command = ['--seed', String(seed), '--seeds', '1000000', '--budget-seconds', String(seconds)]
    let output = ''
    const { status } = await runSimulation(command, (text) => {
      output = (output + text).slice(-64 * 1024)
      print(text.trimEnd())
    })
    // The simulator ends each failure with the command that replays it.
    for (const [replay, failedSeed] of output.matchAll(/npm run sim -- --seed (\d+).*/g)) {
      failures.push({ name: `seed ${failedSeed}`, detail: 'see above', replay })
    }
    if (status !== 0 && failures.length === 0) {
      const detail = output.trim().split('\n').slice(-5).join('\n')
      failures.push({ name: `from seed ${seed}`, detail, replay: `npm run sim -- ${command.join(' ')}` })
    }
    const runs = Number(/(\d[\d,]*) seeds/.exec(output)?.[1]?.replaceAll(',', '') ?? 1)
    return { runs, failures }
  },
} satisfies CampaignPart
