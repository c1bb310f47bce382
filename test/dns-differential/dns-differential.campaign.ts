import type { CampaignPart } from '../../tools/campaign/part.ts'
import { findOnPath } from '../../tools/system-tools.ts'

export default {
  name: 'dns-differential',
  description: 'random zones, our answers beside those of Knot and NSD',
  weight: 2,
  available: () => ['knotd', 'nsd', 'dnssec-signzone'].every((program) => findOnPath(program) !== undefined),
  async run({ seed, budgetMs, print }) {
    // Loaded here, because looking for parts must not need the packages.
    const { runDifferential } = await import('./run-differential.ts')
    const result = await runDifferential({ seed, zones: Number.MAX_SAFE_INTEGER, budgetMs })
    print(`  ${result.zones} zones, ${result.queries} questions to two servers`)
    const failures = result.unexplained.map((detail) => ({
      name: detail.split('\n')[0] as string,
      detail,
      replay: `npm run fuzz -- dns-differential --seed ${seed} --runs ${result.zones}`,
    }))
    return { runs: result.zones, failures }
  },
} satisfies CampaignPart
