import type { CampaignPart } from '../../tools/campaign/part.ts'
import { readCorpus } from '../../tools/fuzz/corpus.ts'

export default {
  name: 'dns',
  description: 'hostile messages to a name server, by UDP and TCP',
  weight: 1,
  available: () => true,
  async run({ root, seed, budgetMs, print }) {
    // Loaded here, because looking for parts must not need the packages.
    const { runHostile } = await import('./run-hostile.ts')
    const { problemsOf, replayOf, tableOf } = await import('./print-hostile.ts')
    const corpus = readCorpus(root, 'dns').map(({ bytes }) => bytes)
    const result = await runHostile({ seed, messages: Number.MAX_SAFE_INTEGER, budgetMs, corpus })
    for (const line of tableOf(result)) print(`  ${line}`)
    const replay = replayOf(seed, result)
    const failures = problemsOf(result).map((detail) => ({ name: detail.split('\n')[0] as string, detail, replay }))
    return { runs: result.messages, failures }
  },
} satisfies CampaignPart
