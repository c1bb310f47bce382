import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CampaignPart } from './part.ts'

export default {
  name: 'torture',
  description: 'kills, stops, cuts, wiped and full disks on a network of real processes under load',
  weight: 2,
  available: (root) => existsSync(join(root, 'test/torture')),
  async run({ seed, budgetMs, print }) {
    // Loaded here, because looking for parts must not need the packages.
    const { torture } = await import('../../test/torture/torture.ts')
    const { describeTorture } = await import('../../test/torture/describe-torture.ts')
    const folder = await mkdtemp(join(tmpdir(), 'cresset-torture-'))
    const deadlineMs = performance.now() + budgetMs
    try {
      const result = await torture({
        folder,
        seed,
        validators: 4,
        senders: 8,
        perSecond: 40,
        namespaces: true,
        isOver: (done) => done > 0 && performance.now() > deadlineMs,
        print: (line) => print(`  ${line}`),
      })
      print(describeTorture(result))
      const { failure } = result
      const minutes = Math.ceil(budgetMs / 60_000)
      const failures = failure && [
        {
          name: failure.episode,
          detail: failure.error.message,
          replay: `npm run torture -- --minutes ${minutes} --seed ${seed}`,
        },
      ]
      return { runs: result.results.length, failures: failures ?? [] }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
} satisfies CampaignPart
