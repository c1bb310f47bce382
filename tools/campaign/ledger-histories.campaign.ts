import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { CampaignFailure, CampaignPart } from './part.ts'

/** Failures to work on are few; the rest of the time goes to other parts. */
const failuresAtMost = 3

export default {
  name: 'ledger-histories',
  description: 'random histories through core/ledger and the naive ledger',
  weight: 3,
  available: (root) => existsSync(join(root, 'test/ledger-histories')),
  async run({ seed, budgetMs, print }) {
    // Loaded here, because looking for parts must not need the packages.
    const product = await import('@cresset/core-ledger')
    const { checkState } = await import('../../test/ledger-histories/check-state.ts')
    const { runSeed } = await import('../../test/ledger-histories/random-history.ts')
    const { explainFailure, replayCommand } = await import('../../test/ledger-histories/report.ts')
    const { addFigures, noFigures } = await import('../../test/ledger-histories/run.ts')
    const deadlineMs = performance.now() + budgetMs
    const failures: CampaignFailure[] = []
    const total = noFigures()
    let runs = 0
    for (; performance.now() < deadlineMs && failures.length < failuresAtMost; runs++) {
      const outcome = await runSeed(seed + runs, { product, checkState })
      addFigures(total, outcome.figures)
      if (outcome.failure === undefined) continue
      const detail = await explainFailure(outcome, { product, checkState })
      failures.push({ name: `seed ${seed + runs}`, detail, replay: replayCommand(seed + runs) })
    }
    print(
      `  ${runs} histories, ${total.blocks} blocks, ${total.transactions} transactions, ${total.codes.size} answers`,
    )
    return { runs, failures }
  },
} satisfies CampaignPart
