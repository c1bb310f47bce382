import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CampaignPart } from './part.ts'

const blocksAtMost = 1_000_000
const sampleEvery = 1_000
/** The least that a node can be set to. */
const keepBlocks = 20_000
/** Enough samples to compare even where the budget is too short. */
const blocksAtLeast = 36_000

export default {
  name: 'long-chain',
  description: `up to ${blocksAtMost} blocks on one store: nothing grows, kept versions prove, kept blocks are whole`,
  weight: 1,
  available: (root) => existsSync(join(root, 'test/long-chain')),
  async run({ budgetMs, print }) {
    const { runLongChain } = await import('../../test/long-chain/long-chain.ts')
    const folder = await mkdtemp(join(tmpdir(), 'cresset-long-chain-'))
    const deadlineMs = performance.now() + budgetMs
    try {
      const figures = await runLongChain({
        path: join(folder, 'store'),
        blocks: blocksAtMost,
        sampleEvery,
        keepBlocks,
        isOver: (height) => height >= blocksAtLeast && performance.now() >= deadlineMs,
        print,
      })
      const { blocks, transactions, proofs, runMs, fileBytes } = figures
      const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`
      print(
        `  ${blocks} blocks with ${transactions} transactions at ${Math.round((blocks * 1_000) / runMs)} a second, ` +
          `${proofs} heights proved, ${mebibytes(fileBytes)} on disk`,
      )
      for (const [kind, sizes] of [
        ['history', figures.history],
        ['state', figures.state],
      ] as const) {
        const parts = [...sizes].filter(([, { entries }]) => entries > 0)
        print(`  ${kind}: ${parts.map(([name, { bytes }]) => `${name} ${mebibytes(bytes)}`).join(', ')}`)
      }
      return { runs: blocks, failures: [] }
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  },
} satisfies CampaignPart
