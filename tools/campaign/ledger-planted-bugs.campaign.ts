import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CampaignFailure, CampaignPart } from './part.ts'

export default {
  name: 'ledger-planted-bugs',
  description: 'mistakes put into a copy of core/ledger are found by histories beside the naive ledger',
  weight: 1,
  available: (root) => existsSync(join(root, 'test/ledger-histories')),
  async run({ budgetMs, seed, print }) {
    // Loaded here, because looking for parts must not need the packages.
    const { plantedBugs } = await import('../../test/ledger-histories/planted-bugs.ts')
    const { findPlanted } = await import('../../test/ledger-histories/find-planted.ts')
    const deadlineMs = performance.now() + budgetMs
    const failures: CampaignFailure[] = []
    let runs = 0
    // Another beginning for each first seed, so that short campaigns come to all of them.
    for (; runs < plantedBugs.length && (runs === 0 || performance.now() < deadlineMs); runs++) {
      const bug = plantedBugs[(seed + runs) % plantedBugs.length] as (typeof plantedBugs)[number]
      if ((await findPlanted(bug)) !== undefined) continue
      const replay = 'npm run campaign -- --only ledger-planted-bugs'
      failures.push({ name: bug.name, detail: 'no history found it', replay })
    }
    print(`  ${runs} of ${plantedBugs.length} mistakes planted`)
    return { runs, failures }
  },
} satisfies CampaignPart
